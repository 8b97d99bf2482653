/* SPDX-License-Identifier: MIT */
/*
 * Each USART of the chip is at its place, with its interrupt, its DMA requests and its pins
 * (RM0399, NVIC and DMAMUX1 tables; data sheet, alternate functions), and sends and receives there.
 */
#include "usart_bench.h"

#include <stdlib.h>
#include <string.h>

/* One TX and one RX pin of each, with the alternate function. */
static const struct expected {
    const char *name;
    uint32_t base;
    unsigned irq, dma_rx;
    const char *tx, *rx;
    unsigned af;
} expected[] = {
    {"USART1", 0x40011000, 37, 41, "PB14", "PB15", 4},
    {"USART2", 0x40004400, 38, 43, "PD5", "PD6", 7},
    {"USART3", 0x40004800, 39, 45, "PD8", "PD9", 7},
    {"UART4", 0x40004C00, 52, 63, "PA0", "PA1", 8},
    {"UART5", 0x40005000, 53, 65, "PC12", "PD2", 8},
    {"USART6", 0x40011400, 71, 71, "PG14", "PG9", 7},
    {"UART7", 0x40007800, 82, 79, "PF7", "PF6", 7},
    {"UART8", 0x40007C00, 83, 81, "PE1", "PE0", 8},
    {"LPUART1", 0x58000C00, 142, DMAMUX2_REQUEST(9), "PB6", "PB7", 8},
};
enum { COUNT = sizeof(expected) / sizeof(expected[0]) };

static uint8_t last;
static const struct uart *last_from;
static unsigned heard;

static void hear(void *arg, unsigned uart, uint8_t byte, vtime_t when)
{
    (void)arg;
    (void)when;
    last = byte;
    last_from = bench.m.uart[uart];
    heard++;
}

static int with_pins(void **state)
{
    bench_setup();
    gpio_new(&bench.m);
    usart_new(&bench.m);
    bench_reset(true);
    machine_observe(&bench.m, &(struct observer){.on_uart = hear});
    heard = 0;
    (void)state;
    return 0;
}

static void use_pin(const char *pin, unsigned af)
{
    uint32_t port = 0x58020000 + 0x400u * (uint32_t)(pin[1] - 'A');
    unsigned n = (unsigned)atoi(pin + 2);

    uint32_t afr = port + 0x20 + n / 8 * 4;

    bench_write(afr, (bench_read(afr) & ~(15u << 4 * (n % 8))) | af << 4 * (n % 8));
    bench_write(port, (bench_read(port) & ~(3u << 2 * n)) | 2u << 2 * n);
}

static struct uart *start_at(const struct expected *e)
{
    struct uart *uart = uart_by_name(&bench.m, e->name, strlen(e->name));

    assert_non_null(uart);
    assert_string_equal(uart_name(uart), e->name);
    /* 64 MHz by 115200; the LPUART counts 256ths. */
    bench_write(e->base + USART_BRR, e->dma_rx < DMAMUX2_REQUEST(0) ? 556 : 142222);
    bench_write(e->base + USART_CR3, CR3_DMAR);
    bench_write(e->base + USART_CR1, ON | CR1_RXNEIE);
    bench_advance(2 * FRAME);
    return uart;
}

static void each_sends_and_receives_at_its_pins(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        const struct expected *e = &expected[i];
        struct uart *uart = start_at(e);
        heard = 0;
        bench_write(e->base + USART_TDR, 'x');
        bench_advance(2 * FRAME);
        assert_int_equal(heard, 0);
        assert_true(bench_noted("uart.tx-pin"));
        use_pin(e->tx, e->af);
        use_pin(e->rx, e->af);
        bench_write(e->base + USART_TDR, 'A' + i);
        bench_advance(2 * FRAME);
        assert_int_equal(heard, 1);
        assert_ptr_equal(last_from, uart);
        assert_int_equal(last, 'A' + i);
        assert_true(uart_input(uart, (uint8_t)('a' + i)));
        bench_advance(2 * FRAME);
        assert_true(bench.irq[e->irq]);
        assert_true(bench.dma[e->dma_rx]);
        assert_int_equal(bench_read(e->base + USART_RDR), 'a' + i);
        assert_false(bench.irq[e->irq]);
    }
}

static void names_may_leave_out_the_s(void **state)
{
    (void)state;
    assert_ptr_equal(uart_by_name(&bench.m, "USART8", 6), bench.m.uart[8]);
    assert_ptr_equal(uart_by_name(&bench.m, "UART3=stdio", 5), bench.m.uart[3]);
    assert_null(uart_by_name(&bench.m, "USART9", 6));
    assert_null(uart_by_name(&bench.m, "USART", 5));
    assert_null(uart_by_name(&bench.m, "LPUART2", 7));
    assert_null(uart_by_name(&bench.m, "", 0));
}

static void the_lpuart_has_its_own_divider(void **state)
{
    (void)state;
    const struct expected *e = &expected[COUNT - 1];
    struct uart *lp = bench.m.uart[UART_LP];
    bench_write(e->base + USART_BRR, 142222);
    bench_write(e->base + USART_CR1, ON | CR1_OVER8); /* which it does not have */
    assert_int_equal(bench_read(e->base + USART_CR1), ON);
    assert_in_range(uart_baud(lp), 115199, 115201);
    bench_write(e->base + USART_CR1, 0);
    bench_write(e->base + USART_BRR, 0x2FF);
    bench_write(e->base + USART_CR1, ON);
    assert_true(bench_noted("uart.brr"));
    assert_int_equal(uart_baud(lp), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, with_pins, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(each_sends_and_receives_at_its_pins),
        T(names_may_leave_out_the_s),
        T(the_lpuart_has_its_own_divider),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
