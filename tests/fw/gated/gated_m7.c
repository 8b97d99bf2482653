/* SPDX-License-Identifier: MIT */
/* Key g: lets the M4 go, as HAL_RCCEx_EnableBootCore() does. */
#include "examples/app_m7/print.h"
#include "examples/common/start.h"
#include "port/stm32h7/usart.h"
#include "tests/fw/gated/gated.h"

void usart3_handler(void)
{
    usart_isr();
}

int main(void)
{
    uint8_t key = 0;

    SHARED = 0;
    STARTED = 1;
    usart_start(DUO_UART_BAUD);
    print("m7 sets up\r\n");
    while (key != 'g') {
        (void)usart_read(&key, 1);
    }
    print(STARTED == 1 ? "m4 has not run\r\n" : "m4 came too early\r\n");
    SHARED = READY;
    REG(RCC, GCR) |= RCC_GCR_BOOT_C2;
    while (STARTED == 1) {
    }
    print(STARTED == READY ? "m4 found all set up\r\n" : "m4 found nothing set up\r\n");
    for (;;) {
    }
}
