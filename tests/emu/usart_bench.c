/* SPDX-License-Identifier: MIT */
#include "usart_bench.h"

struct uart *u;
uint8_t out[512];
vtime_t out_time[512];
size_t outs;

static void heard(void *arg, unsigned uart, uint8_t byte, vtime_t when)
{
    (void)arg;
    if (uart == 3 && outs < sizeof(out)) {
        out_time[outs] = when;
        out[outs++] = byte;
    }
}

int setup(void **state)
{
    (void)state;
    bench_setup();
    usart_new(&bench.m);
    u = bench.m.uart[3];
    outs = 0;
    machine_observe(&bench.m, &(struct observer){.on_uart = heard});
    return 0;
}

uint32_t get(uint32_t reg)
{
    return bench_read(U3 + reg);
}

void put(uint32_t reg, uint32_t value)
{
    bench_write(U3 + reg, value);
}

uint32_t isr(uint32_t mask)
{
    return get(USART_ISR) & mask;
}

void start(uint32_t cr1)
{
    put(USART_BRR, BRR);
    put(USART_CR1, cr1);
    bench_advance(2 * FRAME);
}

void feed(const char *text)
{
    for (; *text; text++) {
        assert_true(uart_input(u, (uint8_t)*text));
    }
}
