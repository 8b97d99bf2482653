/* SPDX-License-Identifier: MIT */
/* EXTI (RM0399, extended interrupt and event controller). */
#include "fixture.h"

#define EXTI 0x58000000u
enum { RTSR1 = 0x00, FTSR1 = 0x04, SWIER1 = 0x08, D3PMR1 = 0x0C, RTSR3 = 0x40 };
enum { C1IMR1 = 0x80, C1EMR1 = 0x84, C1PR1 = 0x88, C1EMR3 = 0xA4 };
enum { C2IMR1 = 0xC0, C2EMR1 = 0xC4, C2PR1 = 0xC8, C2IMR3 = 0xE0, C2EMR3 = 0xE4, C2PR3 = 0xE8 };

static void test_state_after_reset(void **state)
{
    (void)state;
    for (uint32_t core = 0; core < 0x80; core += 0x40) {
        assert_int_equal(rd(CM7, EXTI + core + 0x80), 0xFFC00000);
        assert_int_equal(rd(CM7, EXTI + core + 0x90), 0xFFF5DFFF);
        assert_int_equal(rd(CM7, EXTI + core + 0xA0), 0x0181FFFF);
        assert_int_equal(rd(CM7, EXTI + core + 0x84), 0);
    }
}

static void test_edges(void **state)
{
    (void)state;
    wr(CM7, EXTI + C1IMR1, BIT(13));
    exti_edge(fx.m.exti, 13, true); /* no edge selected */
    assert_int_equal(rd(CM7, EXTI + C1PR1), 0);
    wr(CM7, EXTI + FTSR1, BIT(13));
    exti_edge(fx.m.exti, 13, true);
    assert_int_equal(rd(CM7, EXTI + C1PR1), 0);
    exti_edge(fx.m.exti, 13, false);
    assert_int_equal(rd(CM7, EXTI + C1PR1), BIT(13));
    assert_true(fx.core[CM7].irq[40]);
    assert_int_equal(rd(CM4, EXTI + C2PR1), 0); /* masked there: not even latched */
    assert_false(fx.core[CM4].irq[40]);
    wr(CM7, EXTI + C1PR1, BIT(12));
    assert_true(fx.core[CM7].irq[40]);
    wr(CM7, EXTI + C1PR1, BIT(13));
    assert_false(fx.core[CM7].irq[40]);
}

static void test_interrupt_numbers(void **state)
{
    (void)state;
    static const struct {
        uint8_t line, irq;
    } t[] = {{0, 6},   {1, 7},  {2, 8},   {3, 9},  {4, 10}, {5, 23},   {9, 23},  {10, 40},
             {15, 40}, {16, 1}, {17, 41}, {18, 2}, {19, 3}, {20, 137}, {21, 137}};
    wr(CM7, EXTI + RTSR1, 0xFFFFFFFF);
    wr(CM4, EXTI + C2IMR1, 0xFFFFFFFF);
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        exti_edge(fx.m.exti, t[i].line, true);
        for (unsigned n = 0; n < 150; n++) {
            assert_int_equal(fx.core[CM4].irq[n], n == t[i].irq);
        }
        wr(CM4, EXTI + C2PR1, 0xFFFFFFFF);
        assert_false(fx.core[CM4].irq[t[i].irq]);
    }
}

static void test_shared_request_needs_all_lines_clear(void **state)
{
    (void)state;
    wr(CM7, EXTI + C1IMR1, 0x3E0);
    wr(CM7, EXTI + SWIER1, BIT(5) | BIT(9));
    assert_int_equal(rd(CM7, EXTI + SWIER1), 0);
    wr(CM7, EXTI + C1PR1, BIT(5));
    assert_true(fx.core[CM7].irq[23]);
    wr(CM7, EXTI + C1PR1, BIT(9));
    assert_false(fx.core[CM7].irq[23]);
}

static void test_events(void **state)
{
    (void)state;
    wr(CM7, EXTI + RTSR1, BIT(2));
    wr(CM4, EXTI + C2EMR1, BIT(2));
    exti_edge(fx.m.exti, 2, true);
    assert_int_equal(fx.core[CM4].events, 1);
    assert_int_equal(fx.core[CM7].events, 0);
    assert_int_equal(rd(CM4, EXTI + C2PR1), 0); /* an event leaves no pending bit */
}

static void test_sev(void **state)
{
    (void)state;
    exti_sev(fx.m.exti, CM7);
    assert_int_equal(fx.core[CM4].events, 0); /* masked after reset */
    assert_int_equal(fx.core[CM4].pulses[64], 1);
    wr(CM4, EXTI + C2EMR3, BIT(16));
    exti_sev(fx.m.exti, CM7);
    exti_sev(fx.m.exti, CM7);
    assert_int_equal(fx.core[CM4].events, 2);
    assert_int_equal(fx.core[CM7].events, 0);
    wr(CM7, EXTI + C1EMR3, BIT(15));
    exti_sev(fx.m.exti, CM4);
    assert_int_equal(fx.core[CM7].events, 1);
    assert_int_equal(fx.core[CM7].pulses[65], 1);
}

static void test_direct_line_rises_once(void **state)
{
    (void)state;
    wr(CM7, EXTI + C1EMR1, BIT(28));
    exti_direct(fx.m.exti, 28, true);
    exti_direct(fx.m.exti, 28, true);
    assert_int_equal(fx.core[CM7].events, 1);
    exti_direct(fx.m.exti, 28, false);
    exti_direct(fx.m.exti, 28, true);
    assert_int_equal(fx.core[CM7].events, 2);
    assert_int_equal(rd(CM7, EXTI + C1PR1), 0);
}

static void test_watchdog_line_tells_one_core(void **state)
{
    (void)state;
    wr(CM7, EXTI + RTSR3, BIT(18));
    wr(CM7, EXTI + 0xA0, 0xFFFFFFFF);
    wr(CM7, EXTI + C2IMR3, 0xFFFFFFFF);
    exti_edge(fx.m.exti, 82, true);
    assert_true(fx.core[CM4].irq[143]);
    assert_false(fx.core[CM7].irq[143]);
    wr(CM4, EXTI + C2PR3, BIT(18));
    assert_false(fx.core[CM4].irq[143]);
}

static void test_reserved_bits(void **state)
{
    (void)state;
    wr(CM7, EXTI + RTSR1, 0xFFFFFFFF);
    assert_int_equal(rd(CM7, EXTI + RTSR1), 0x003FFFFF);
    wr(CM7, EXTI + 0x24, 0xFFFFFFFF);
    assert_int_equal(rd(CM7, EXTI + 0x24), BIT(17) | BIT(19));
    assert_int_equal(rd(CM7, EXTI + 0xB0), 0);
    assert_int_equal(rd(CM7, EXTI + 0x3F0), 0);
    wr(CM7, EXTI + D3PMR1, 1);
    assert_note("exti.d3-autonomous");
}

static void test_reset_ends_requests(void **state)
{
    (void)state;
    wr(CM7, EXTI + C1IMR1, BIT(0));
    wr(CM7, EXTI + SWIER1, BIT(0));
    assert_true(fx.core[CM7].irq[6]);
    do_reset(RESET_PIN);
    assert_false(fx.core[CM7].irq[6]);
    assert_int_equal(rd(CM7, EXTI + C1IMR1), 0xFFC00000);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_state_after_reset),
        T(test_edges),
        T(test_interrupt_numbers),
        T(test_shared_request_needs_all_lines_clear),
        T(test_events),
        T(test_sev),
        T(test_direct_line_rises_once),
        T(test_watchdog_line_tells_one_core),
        T(test_reserved_bits),
        T(test_reset_ends_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
