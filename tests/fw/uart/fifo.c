/* SPDX-License-Identifier: MIT */
/* HAL FIFO mode with thresholds: RXFT and TXFT interrupts, receiver timeout for the rest. */
#include "uart.h"

#define RTOIE (1u << 26)
#define RTOEN (1u << 23)

static volatile uint8_t line[128];
static volatile unsigned got, sent, thresholds, timeouts;
static volatile bool whole;

static void drain(void)
{
    while (ISR & RXNE) {
        uint8_t c = (uint8_t)RDR;
        if (got < sizeof(line)) {
            line[got++] = c;
        }
        if (c == '\n') {
            whole = true;
        }
    }
}

static void fill(void)
{
    while (sent < got && (ISR & TXE)) {
        TDR = line[sent++];
    }
    if (sent == got) {
        CR3 &= ~TXFTIE;
    }
}

void uart_irq(void)
{
    uint32_t isr = ISR;

    if (isr & RXFT) {
        thresholds++;
        drain();
    }
    if (isr & RTOF) {
        ICR = RTOF;
        timeouts++;
        drain();
    }
    if ((CR3 & TXFTIE) && (ISR & TXFT)) {
        fill();
    }
}

int test_main(void)
{
    uart_init(TE, 0);
    put_text("fifo " NAME " ready\n");
    uart_off();
    CR2 = 0;
    uart_init(TE | RE | FIFOEN, 2u << 25 | 2u << 29); /* half full, half empty */
    RTOR = 40;
    CR2 |= RTOEN;
    CR1 |= RTOIE;
    CR3 |= RXFTIE;
    irq_on();
    while (!whole) {
        wait_for_interrupt();
    }
    CHECK(got >= 17); /* the input is longer than the FIFO */
    CHECK(thresholds >= 2);
    CHECK(timeouts == 1); /* only after the last character */
    CHECK(!(ISR & (ORE | RXFF)));
    CR3 |= TXFTIE;
    while (CR3 & TXFTIE) {
        wait_for_interrupt();
    }
    WAIT(ISR & TC);
    CHECK(sent == got);
    return 0;
}
