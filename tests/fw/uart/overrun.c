/* SPDX-License-Identifier: MIT */
/* A receiver that is not served: ORE, what survives, and how to go on. Without and with FIFO. */
#include "uart.h"

static volatile unsigned errors;

void uart_irq(void)
{
    if (ISR & ORE) { /* the HAL's error path */
        ICR = ORE;
        errors++;
    }
    CR3 &= ~EIE;
}

/* Lets n frames of 10 bits pass: 64 MHz, 5560 clocks each; the loop takes at least two. */
static void frames(unsigned n)
{
    for (volatile uint32_t i = 0; i < n * 2000; i++) {
    }
}

static int without_fifo(void)
{
    uart_init(TE | RE, 0);
    WAIT(ISR & ORE);
    CHECK(ISR & RXNE);
    CHECK(RDR == '!'); /* the oldest is kept */
    CHECK(!(ISR & RXNE) && (ISR & ORE));
    ICR = ORE;
    CHECK(!(ISR & ORE));
    WAIT(ISR & RXNE); /* and reception goes on */
    CHECK(RDR >= '#');
    return 0;
}

static int with_fifo(void)
{
    uart_off();
    uart_init(TE | RE | FIFOEN, EIE);
    irq_on();
    while (!errors) {
        wait_for_interrupt();
    }
    CHECK(ISR & RXFF);
    unsigned n = 0;
    uint32_t last = 0;
    while (ISR & RXNE) {
        uint32_t c = RDR;
        CHECK(n == 0 || c == last + 1);
        last = c;
        n++;
        if (n == 17) {
            break;
        }
    }
    CHECK(n == 17); /* 16 in the FIFO, one in RDR */
    RQR = 1u << 3;
    CHECK(!(ISR & RXNE));
    return 0;
}

int test_main(void)
{
    int line = without_fifo();

    if (line) {
        return line;
    }
    frames(3);
    return with_fifo();
}
