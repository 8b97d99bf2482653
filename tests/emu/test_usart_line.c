/* SPDX-License-Identifier: MIT */
/* What is on the line: baud rates, frames, a partner at another rate, clocks that change. */
#include "usart_bench.h"

static void divider_below_16_is_reported(void **state)
{
    (void)state;
    put(USART_BRR, 15);
    put(USART_CR1, ON);
    assert_true(bench_noted("uart.brr"));
    assert_int_equal(uart_baud(u), 0);
    put(USART_TDR, 'A');
    bench_advance(VT_S);
    assert_int_equal(outs, 0);
}

static void baud_rate_formulas(void **state)
{
    (void)state;
    put(USART_BRR, 69);
    put(USART_CR1, ON);
    assert_int_equal(uart_baud(u), 64000000 / 69);
    put(USART_CR1, 0);
    put(USART_BRR, 0x451); /* OVER8: DIV = 0x452, twice the clock */
    put(USART_CR1, ON | CR1_OVER8);
    assert_int_equal(uart_baud(u), 2 * 64000000 / 0x452);
    put(USART_CR1, 0);
    put(USART_BRR, BRR);
    put(USART_PRESC, 4); /* /8 */
    put(USART_CR1, ON);
    assert_int_equal(uart_baud(u), 64000000 / (8 * BRR));
}

static void frame_length_follows_the_format(void **state)
{
    (void)state;
    put(USART_CR2, 2u << CR2_STOP_SHIFT);
    put(USART_BRR, BRR);
    put(USART_CR1, ON | CR1_M0 | CR1_PCE); /* 8 data bits, even parity, 2 stop bits: 12 bits */
    bench_advance(3 * FRAME);
    vtime_t t0 = bench.m.now;
    put(USART_TDR, 0x81);
    bench_advance(2 * FRAME);
    assert_int_equal(out_time[0] - t0, 12 * BIT_TIME);
    assert_int_equal(out[0], 0x81);
}

static void received_parity_bit_is_in_rdr(void **state)
{
    (void)state;
    start(ON | CR1_M0 | CR1_PCE);
    feed("\x01");
    bench_advance(2 * FRAME);
    assert_int_equal(get(USART_RDR), 0x101);
    assert_int_equal(isr(ISR_PE), 0);
}

static void wrong_parity_is_an_error_of_its_character(void **state)
{
    (void)state;
    start(ON | CR1_M0 | CR1_PCE | CR1_FIFOEN | CR1_PEIE);
    feed("\x01");
    bench_advance(5 * BIT_TIME / 10);
    bench_advance(2 * FRAME);
    feed("\x03");
    u->rx.word ^= 1; /* a bit flips on the wire */
    bench_advance(2 * FRAME);
    assert_int_equal(isr(ISR_PE), 0); /* it is not in RDR yet */
    get(USART_RDR);
    assert_int_equal(isr(ISR_PE), ISR_PE);
    assert_true(bench.irq[IRQ3]);
    put(USART_ICR, ISR_PE);
    assert_false(bench.irq[IRQ3]);
}

static void faster_partner_gives_garbage(void **state)
{
    (void)state;
    uart_set_partner_baud(u, 921600);
    start(ON);
    feed("UUUU");
    bench_advance(4 * FRAME);
    assert_int_equal(isr(ISR_RXNE), ISR_RXNE);
    assert_int_not_equal(get(USART_RDR), 'U');
}

static void slower_partner_gives_framing_errors(void **state)
{
    (void)state;
    uart_set_partner_baud(u, 9600);
    put(USART_CR3, CR3_EIE);
    start(ON);
    feed("\x01"); /* each of its bits lasts 12 of ours */
    bench_advance(20 * FRAME);
    assert_int_equal(isr(ISR_FE), ISR_FE);
    assert_int_equal(get(USART_RDR), 0);
    assert_true(bench.irq[IRQ3]);
    put(USART_ICR, ISR_FE | ISR_NE | ISR_ORE);
    assert_false(bench.irq[IRQ3]);
}

static void partner_at_another_rate_hears_garbage(void **state)
{
    (void)state;
    uart_set_partner_baud(u, 9600);
    start(ON);
    put(USART_TDR, 'U');
    bench_advance(2 * FRAME);
    assert_int_equal(outs, 1);
    assert_int_not_equal(out[0], 'U');
}

static void a_small_deviation_is_harmless(void **state)
{
    (void)state;
    const char *text = "Deviation of 3 %";
    uart_set_partner_baud(u, 115200 * 103 / 100);
    start(ON | CR1_FIFOEN);
    feed(text);
    bench_advance(20 * FRAME);
    for (const char *p = text; *p; p++) {
        assert_int_equal(get(USART_RDR), *p);
    }
    assert_int_equal(isr(ISR_FE | ISR_ORE), 0);
}

static void clock_change_after_setup_spoils_the_line(void **state)
{
    (void)state;
    start(ON);
    bench.kernel_hz = 100000000;
    bench_clocks_changed();
    assert_true(bench_noted("uart.baud-drift"));
    put(USART_TDR, 'U');
    bench_advance(2 * FRAME);
    assert_true(outs > 0);
    assert_int_not_equal(out[0], 'U');
    put(USART_CR1, 0);
    put(USART_BRR, 868);
    put(USART_CR1, ON);
    bench_advance(2 * FRAME);
    outs = 0;
    put(USART_TDR, 'U');
    bench_advance(2 * FRAME);
    assert_int_equal(outs, 1);
    assert_int_equal(out[0], 'U');
}

static void frame_stops_with_its_clock(void **state)
{
    (void)state;
    start(ON);
    put(USART_TDR, 'A');
    bench_advance(FRAME / 2);
    bench.gate_off = true;
    bench_clocks_changed();
    bench_advance(VT_S);
    assert_int_equal(outs, 0);
    bench.gate_off = false;
    bench_clocks_changed();
    bench_advance(FRAME / 2 + BIT_TIME);
    assert_int_equal(outs, 1);
}

static void bytes_wait_for_the_first_receiver_only(void **state)
{
    (void)state;
    feed("a");
    bench_advance(VT_S);
    assert_int_equal(uart_input_pending(u), 1);
    start(ON);
    assert_int_equal(get(USART_RDR), 'a');
    put(USART_CR1, CR1_UE | CR1_TE);
    feed("b");
    bench_advance(2 * FRAME);
    put(USART_CR1, ON);
    bench_advance(2 * FRAME);
    assert_int_equal(isr(ISR_RXNE), 0);
    assert_int_equal(uart_input_pending(u), 0);
}

static void host_queue_has_an_end(void **state)
{
    (void)state;
    for (int i = 0; i < UART_HOST_QUEUE; i++) {
        assert_true(uart_input(u, 0));
    }
    assert_false(uart_input(u, 0));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(divider_below_16_is_reported),
        T(baud_rate_formulas),
        T(frame_length_follows_the_format),
        T(received_parity_bit_is_in_rdr),
        T(wrong_parity_is_an_error_of_its_character),
        T(faster_partner_gives_garbage),
        T(slower_partner_gives_framing_errors),
        T(partner_at_another_rate_hears_garbage),
        T(a_small_deviation_is_harmless),
        T(clock_change_after_setup_spoils_the_line),
        T(frame_stops_with_its_clock),
        T(bytes_wait_for_the_first_receiver_only),
        T(host_queue_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
