/* SPDX-License-Identifier: MIT */
/* HAL_UART_Transmit_IT and HAL_UART_Receive_IT without FIFO: RXNE, TXE, TC, IDLE interrupts; the
 * core sleeps. */
#include "uart.h"

#define IDLEIE (1u << 4)

static volatile uint8_t line[128];
static volatile unsigned got, sent, idles, completed;
static volatile bool echoing;

static void receive(uint32_t isr)
{
    if (!(isr & RXNE)) {
        return;
    }
    uint8_t c = (uint8_t)RDR;
    if (got < sizeof(line)) {
        line[got++] = c;
    }
    if (c == '\n' && !echoing) {
        echoing = true;
        CR1 |= TXEIE;
    }
}

static void transmit(uint32_t isr)
{
    if ((CR1 & TXEIE) && (isr & TXE)) {
        TDR = line[sent++];
        if (sent == got) {
            CR1 = (CR1 & ~TXEIE) | TCIE; /* as UART_TxISR_8BIT does */
        }
    } else if ((CR1 & TCIE) && (isr & TC)) {
        CR1 &= ~TCIE;
        completed++;
    }
}

void uart_irq(void)
{
    uint32_t isr = ISR;

    if (isr & IDLE) {
        ICR = IDLE;
        idles++;
    }
    receive(isr);
    transmit(isr);
}

int test_main(void)
{
    uart_init(TE, 0);
    put_text("interrupt " NAME " ready\n");
    uart_off();
    uart_init(TE | RE | RXNEIE | IDLEIE, EIE);
    irq_on();
    while (!completed) {
        wait_for_interrupt();
    }
    CHECK(sent == got && line[got - 1] == '\n');
    CHECK(idles == 1);
    CHECK(!(ISR & ORE));
    return 0;
}
