/* SPDX-License-Identifier: MIT */
/* A rule of the USART chapter of RM0399 each: registers, flags, FIFOs, interrupts, DMA requests. */
#include "usart_bench.h"

static void reset_values(void **state)
{
    (void)state;
    assert_int_equal(isr(~0u), 0xC0);
    put(USART_CR1, CR1_FIFOEN);
    assert_int_equal(isr(~0u), 0x008000C0);
    for (uint32_t reg = 0; reg <= USART_PRESC; reg += 4) {
        if (reg != USART_ISR && reg != USART_CR1) {
            assert_int_equal(get(reg), 0);
        }
    }
}

static void acknowledges_follow_enables(void **state)
{
    (void)state;
    put(USART_BRR, BRR);
    put(USART_CR1, CR1_TE | CR1_RE);
    assert_int_equal(isr(ISR_TEACK | ISR_REACK), 0);
    put(USART_CR1, ON);
    assert_int_equal(isr(ISR_TEACK | ISR_REACK), ISR_TEACK | ISR_REACK);
    put(USART_CR1, CR1_RE | CR1_UE);
    assert_int_equal(isr(ISR_TEACK | ISR_REACK), ISR_REACK);
}

static void a_byte_takes_ten_bits(void **state)
{
    (void)state;
    start(ON);
    vtime_t t0 = bench.m.now;
    put(USART_TDR, 'A');
    assert_int_equal(isr(ISR_TC | ISR_TXE), ISR_TXE); /* already in the shifter */
    bench_advance(FRAME - 1);
    assert_int_equal(outs, 0);
    assert_int_equal(isr(ISR_TC), 0);
    bench_advance(2);
    assert_int_equal(outs, 1);
    assert_int_equal(out[0], 'A');
    assert_int_equal(out_time[0], t0 + FRAME);
    assert_int_equal(isr(ISR_TC), ISR_TC);
}

static void first_frame_waits_for_the_preamble_of_te(void **state)
{
    (void)state;
    put(USART_BRR, BRR);
    put(USART_CR1, ON);
    put(USART_TDR, 'x');
    assert_int_equal(isr(ISR_TXE), 0);
    bench_advance(2 * FRAME - 1);
    assert_int_equal(outs, 0);
    bench_advance(1);
    assert_int_equal(outs, 1);
}

static void without_fifo_one_byte_waits_behind_the_shifter(void **state)
{
    (void)state;
    start(ON);
    put(USART_TDR, '1');
    put(USART_TDR, '2');
    assert_int_equal(isr(ISR_TXE), 0);
    assert_int_equal(bench.bugs, 0);
    put(USART_TDR, '3'); /* overwrites '2' */
    assert_true(bench_noted("uart.tx-full"));
    bench_advance(FRAME);
    assert_int_equal(isr(ISR_TXE | ISR_TC), ISR_TXE);
    bench_advance(FRAME);
    assert_int_equal(isr(ISR_TXE | ISR_TC), ISR_TXE | ISR_TC);
    assert_memory_equal(out, "13", 2);
    assert_int_equal(out_time[1] - out_time[0], FRAME);
}

static void fifo_takes_16_and_the_shifter_one(void **state)
{
    (void)state;
    start(ON | CR1_FIFOEN);
    for (uint32_t i = 0; i < 17; i++) {
        assert_int_equal(isr(ISR_TXE), ISR_TXE);
        put(USART_TDR, 'a' + i);
    }
    assert_int_equal(isr(ISR_TXE | ISR_TXFE), 0);
    bench_advance(16 * FRAME);
    assert_int_equal(isr(ISR_TXFE | ISR_TC), ISR_TXFE);
    bench_advance(FRAME);
    assert_int_equal(isr(ISR_TC), ISR_TC);
    assert_memory_equal(out, "abcdefghijklmnopq", 17);
}

static void tx_threshold_counts_empty_places(void **state)
{
    (void)state;
    put(USART_CR3, 3u << 29 | CR3_TXFTIE); /* 3/4: 12 empty places */
    start(ON | CR1_FIFOEN);
    assert_true(bench.irq[IRQ3]);
    for (int i = 0; i < 6; i++) {
        put(USART_TDR, 0); /* one shifting, 5 waiting: 11 empty */
    }
    assert_false(bench.irq[IRQ3]);
    bench_advance(FRAME);
    assert_true(bench.irq[IRQ3]);
    assert_int_equal(isr(ISR_TXFT), ISR_TXFT);
}

static void tc_is_cleared_by_icr_and_by_tdr(void **state)
{
    (void)state;
    start(ON | CR1_TCIE);
    assert_true(bench.irq[IRQ3]);
    put(USART_ICR, ISR_TC);
    assert_false(bench.irq[IRQ3]);
    put(USART_TDR, 0);
    bench_advance(FRAME);
    assert_true(bench.irq[IRQ3]);
    put(USART_TDR, 0);
    assert_false(bench.irq[IRQ3]);
}

static void txe_interrupt_is_a_level(void **state)
{
    (void)state;
    start(ON | CR1_TXEIE);
    assert_true(bench.irq[IRQ3]);
    put(USART_TDR, 0);
    put(USART_TDR, 0);
    assert_false(bench.irq[IRQ3]);
    bench_advance(FRAME);
    assert_true(bench.irq[IRQ3]);
    put(USART_CR1, ON);
    assert_false(bench.irq[IRQ3]);
}

static void each_usart_has_its_line(void **state)
{
    (void)state;
    static const uint32_t base[] = {0x40011000, 0x40004400, 0x40004800};
    for (unsigned i = 0; i < 3; i++) {
        bench_write(base[i] + USART_BRR, BRR);
        bench_write(base[i] + USART_CR1, ON | CR1_TCIE);
        assert_true(bench.irq[37 + i]);
        assert_int_equal(bench.irq[37] + bench.irq[38] + bench.irq[39], i + 1);
    }
}

static void reception_sets_rxne_in_the_stop_bit(void **state)
{
    (void)state;
    start(ON | CR1_RXNEIE);
    feed("Q");
    bench_advance(9 * BIT_TIME);
    assert_int_equal(isr(ISR_RXNE | ISR_BUSY), ISR_BUSY);
    bench_advance(BIT_TIME);
    assert_int_equal(isr(ISR_RXNE | ISR_BUSY), ISR_RXNE);
    assert_true(bench.irq[IRQ3]);
    assert_int_equal(get(USART_RDR), 'Q');
    assert_false(bench.irq[IRQ3]);
    assert_int_equal(isr(ISR_RXNE), 0);
    assert_int_equal(get(USART_RDR), 'Q'); /* the old value stays readable */
}

static void overrun_keeps_the_old_byte(void **state)
{
    (void)state;
    start(ON | CR1_RXNEIE);
    feed("ab");
    bench_advance(3 * FRAME);
    assert_int_equal(isr(ISR_ORE | ISR_RXNE), ISR_ORE | ISR_RXNE);
    assert_int_equal(get(USART_RDR), 'a');
    assert_true(bench.irq[IRQ3]); /* ORE alone holds the line with RXNEIE */
    put(USART_ICR, ISR_ORE);
    assert_false(bench.irq[IRQ3]);
    assert_int_equal(isr(ISR_RXNE), 0);
}

static void overrun_interrupts_with_eie(void **state)
{
    (void)state;
    put(USART_CR3, CR3_EIE);
    start(ON);
    feed("a");
    bench_advance(2 * FRAME);
    assert_false(bench.irq[IRQ3]);
    feed("b");
    bench_advance(2 * FRAME);
    assert_true(bench.irq[IRQ3]);
}

static void fifo_overruns_with_the_18th(void **state)
{
    (void)state;
    start(ON | CR1_FIFOEN);
    feed("0123456789abcdef");
    bench_advance(17 * FRAME);
    assert_int_equal(isr(ISR_RXFF | ISR_ORE), 0);
    feed("g");
    bench_advance(2 * FRAME);
    assert_int_equal(isr(ISR_RXFF | ISR_ORE), ISR_RXFF);
    feed("h");
    bench_advance(2 * FRAME);
    assert_int_equal(isr(ISR_RXFF | ISR_ORE), ISR_RXFF | ISR_ORE);
    for (const char *p = "0123456789abcdefg"; *p; p++) {
        assert_int_equal(get(USART_RDR), *p);
    }
    assert_int_equal(isr(ISR_RXNE | ISR_ORE), ISR_ORE);
}

static void ovrdis_drops_the_old_byte_silently(void **state)
{
    (void)state;
    put(USART_CR3, CR3_OVRDIS);
    start(ON);
    feed("ab");
    bench_advance(3 * FRAME);
    assert_int_equal(isr(ISR_ORE | ISR_RXNE), ISR_RXNE);
    assert_int_equal(get(USART_RDR), 'b');
}

static void rx_threshold(void **state)
{
    (void)state;
    put(USART_CR3, 2u << 25 | CR3_RXFTIE); /* 1/2: 8 characters */
    start(ON | CR1_FIFOEN);
    feed("1234567");
    bench_advance(8 * FRAME);
    assert_false(bench.irq[IRQ3]);
    feed("8");
    bench_advance(2 * FRAME);
    assert_true(bench.irq[IRQ3]);
    get(USART_RDR);
    assert_false(bench.irq[IRQ3]);
}

static void idle_comes_one_frame_after_the_last_byte(void **state)
{
    (void)state;
    start(ON | CR1_IDLEIE);
    bench_advance(10 * FRAME);
    assert_false(bench.irq[IRQ3]); /* nothing was received yet */
    feed("ab");
    bench_advance(3 * FRAME - BIT_TIME);
    assert_false(bench.irq[IRQ3]);
    bench_advance(2 * BIT_TIME);
    assert_true(bench.irq[IRQ3]);
    put(USART_ICR, ISR_IDLE);
    assert_false(bench.irq[IRQ3]);
    bench_advance(10 * FRAME);
    assert_false(bench.irq[IRQ3]);
}

static void receiver_timeout_counts_bits(void **state)
{
    (void)state;
    put(USART_CR2, CR2_RTOEN);
    put(USART_RTOR, 50);
    start(ON | CR1_RTOIE);
    feed("a");
    bench_advance(FRAME + 49 * BIT_TIME);
    assert_false(bench.irq[IRQ3]);
    bench_advance(2 * BIT_TIME);
    assert_true(bench.irq[IRQ3]);
    put(USART_ICR, ISR_RTOF);
    assert_false(bench.irq[IRQ3]);
}

static void character_match(void **state)
{
    (void)state;
    put(USART_CR2, (uint32_t)'\n' << 24);
    start(ON | CR1_CMIE);
    feed("x");
    bench_advance(2 * FRAME);
    assert_false(bench.irq[IRQ3]);
    feed("\n");
    bench_advance(2 * FRAME);
    assert_true(bench.irq[IRQ3]);
}

static void flush_requests(void **state)
{
    (void)state;
    start(ON | CR1_FIFOEN);
    feed("abc");
    bench_advance(4 * FRAME);
    put(USART_RQR, BIT(3));
    assert_int_equal(isr(ISR_RXNE), 0);
    for (int i = 0; i < 5; i++) {
        put(USART_TDR, 'z');
    }
    put(USART_RQR, BIT(4));
    assert_int_equal(isr(ISR_TXFE), ISR_TXFE);
    bench_advance(5 * FRAME);
    assert_int_equal(outs, 1); /* what was in the shifter */
    assert_int_equal(isr(ISR_TC), ISR_TC);
}

static void break_is_seen_as_a_zero(void **state)
{
    (void)state;
    start(ON);
    put(USART_RQR, BIT(1));
    assert_int_equal(isr(ISR_SBKF), ISR_SBKF);
    bench_advance(2 * FRAME);
    assert_int_equal(isr(ISR_SBKF | ISR_TC), ISR_TC);
    assert_int_equal(outs, 1);
    assert_int_equal(out[0], 0);
}

static void ue_off_resets_fifos_and_flags(void **state)
{
    (void)state;
    start(ON | CR1_FIFOEN);
    feed("0123456789abcdefgh");
    bench_advance(20 * FRAME);
    assert_int_equal(isr(ISR_ORE), ISR_ORE);
    put(USART_CR1, CR1_FIFOEN | CR1_TE | CR1_RE);
    assert_int_equal(isr(~0u), 0x008000C0);
    assert_int_equal(get(USART_RDR), 0);
}

static void ue_off_in_mid_frame_cuts_it(void **state)
{
    (void)state;
    start(ON);
    put(USART_TDR, 0x00);
    bench_advance(3 * BIT_TIME + BIT_TIME / 2); /* start bit and two data bits are out */
    put(USART_CR1, 0);
    assert_true(bench_noted("uart.cut-frame"));
    bench_advance(2 * FRAME);
    assert_int_equal(outs, 1);
    assert_int_equal(out[0], 0xFC); /* the idle level fills the rest */
}

static void locked_fields_keep_their_value(void **state)
{
    (void)state;
    start(ON);
    put(USART_BRR, 69);
    assert_true(bench_noted("uart.locked-field"));
    assert_int_equal(get(USART_BRR), BRR);
    put(USART_PRESC, 1);
    assert_true(bench_noted("uart.locked-field"));
    assert_int_equal(get(USART_PRESC), 0);
    put(USART_CR1, ON | CR1_FIFOEN | CR1_M0 | CR1_OVER8 | CR1_RXNEIE);
    assert_true(bench_noted("uart.locked-field"));
    assert_int_equal(get(USART_CR1), ON | CR1_RXNEIE);
    put(USART_CR2, 2u << CR2_STOP_SHIFT);
    assert_true(bench_noted("uart.locked-field"));
    assert_int_equal(get(USART_CR2), 0);
    put(USART_CR3, CR3_OVRDIS | CR3_EIE);
    assert_true(bench_noted("uart.locked-field"));
    assert_int_equal(get(USART_CR3), CR3_EIE);
}

static void modes_not_modelled_are_reported(void **state)
{
    (void)state;
    put(USART_CR3, BIT(8));
    assert_true(bench_noted("uart.feature"));
    put(USART_CR3, BIT(8) | BIT(9));
    put(USART_CR2, BIT(14));
    put(USART_CR1, CR1_MME);
    assert_int_equal(bench.features, 4);
}

static void dma_requests_follow_the_flags(void **state)
{
    (void)state;
    put(USART_CR3, CR3_DMAR | CR3_DMAT);
    assert_false(bench.dma[46]); /* the transmitter of USART3: off still */
    start(ON);
    assert_true(bench.dma[46]);
    assert_false(bench.dma[45]);
    feed("a");
    bench_advance(2 * FRAME);
    assert_true(bench.dma[45]);
    get(USART_RDR);
    assert_false(bench.dma[45]);
    put(USART_TDR, 'x');
    put(USART_TDR, 'y');
    assert_false(bench.dma[46]);
    bench_advance(2 * FRAME);
    assert_true(bench.dma[46]);
    put(USART_CR3, 0);
    assert_false(bench.dma[46]);
}

static void an_error_may_hold_dma_reception(void **state)
{
    (void)state;
    put(USART_CR3, CR3_DMAR | CR3_DDRE);
    start(ON);
    feed("ab"); /* an overrun */
    bench_advance(4 * FRAME);
    assert_false(bench.dma[45]);
    put(USART_ICR, ISR_ORE);
    assert_true(bench.dma[45]);
}

static void system_reset_drops_the_line(void **state)
{
    (void)state;
    start(ON | CR1_TXEIE);
    assert_true(bench.irq[IRQ3]);
    bench_reset(false);
    assert_false(bench.irq[IRQ3]);
    assert_int_equal(isr(~0u), 0xC0);
    assert_int_equal(get(USART_CR1), 0);
}

static void debugger_reads_without_side_effects(void **state)
{
    (void)state;
    start(ON);
    feed("a");
    bench_advance(2 * FRAME);
    const struct dev *d = &bench.m.bus.devs[2];
    assert_int_equal(d->ops->peek(d->self, CM7, USART_RDR), 'a');
    assert_int_equal(isr(ISR_RXNE), ISR_RXNE);
}

static void without_a_tx_pin_nothing_leaves(void **state)
{
    (void)state;
    gpio_new(&bench.m);
    start(ON);
    put(USART_TDR, 'A');
    bench_advance(2 * FRAME);
    assert_int_equal(outs, 0);
    assert_true(bench_noted("uart.tx-pin"));
    bench_write(0x58020C00, 0xFFFAFFFF); /* PD8, PD9: AF */
    bench_write(0x58020C24, 0x77);
    put(USART_TDR, 'A');
    bench_advance(2 * FRAME);
    assert_int_equal(outs, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(reset_values),
        T(acknowledges_follow_enables),
        T(a_byte_takes_ten_bits),
        T(first_frame_waits_for_the_preamble_of_te),
        T(without_fifo_one_byte_waits_behind_the_shifter),
        T(fifo_takes_16_and_the_shifter_one),
        T(tx_threshold_counts_empty_places),
        T(tc_is_cleared_by_icr_and_by_tdr),
        T(txe_interrupt_is_a_level),
        T(each_usart_has_its_line),
        T(reception_sets_rxne_in_the_stop_bit),
        T(overrun_keeps_the_old_byte),
        T(overrun_interrupts_with_eie),
        T(fifo_overruns_with_the_18th),
        T(ovrdis_drops_the_old_byte_silently),
        T(rx_threshold),
        T(idle_comes_one_frame_after_the_last_byte),
        T(receiver_timeout_counts_bits),
        T(character_match),
        T(flush_requests),
        T(break_is_seen_as_a_zero),
        T(ue_off_resets_fifos_and_flags),
        T(ue_off_in_mid_frame_cuts_it),
        T(locked_fields_keep_their_value),
        T(modes_not_modelled_are_reported),
        T(dma_requests_follow_the_flags),
        T(an_error_may_hold_dma_reception),
        T(system_reset_drops_the_line),
        T(debugger_reads_without_side_effects),
        T(without_a_tx_pin_nothing_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
