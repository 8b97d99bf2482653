/* SPDX-License-Identifier: MIT */
/* HAL_UART_Transmit and HAL_UART_Receive: polling, no FIFO. */
#include "uart.h"

void uart_irq(void)
{
}

static uint8_t get(void)
{
    WAIT(ISR & RXNE);
    return (uint8_t)RDR;
}

int test_main(void)
{
    uart_init(TE, 0);
    CHECK((ISR & (TXE | TC)) == (TXE | TC));
    put_text("polled " NAME " ready\n");
    uart_off();
    uart_init(TE | RE, 0); /* what comes before would overrun while we print */
    for (int i = 0; i < 200; i++) {
        uint8_t c = get();
        CHECK(!(ISR & ORE));
        WAIT(ISR & TXE);
        TDR = c;
        if (c == '\n') {
            return 0;
        }
    }
    return __LINE__;
}
