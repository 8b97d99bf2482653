/* SPDX-License-Identifier: MIT */
/* Low-power timers: a rule of RM0399 each. */
#include "fixture.h"

#define RCC    0x58024400u
#define LPTIM1 0x40002400u
#define LPTIM4 0x58002C00u
#define ISR    0x00u
#define ICR    0x04u
#define IER    0x08u
#define CFGR   0x0Cu
#define CR     0x10u
#define CMP    0x14u
#define ARR    0x18u
#define CNT    0x1Cu
#define ENABLE BIT(0)
#define SINGLE BIT(1)
#define ALWAYS BIT(2)

static int lptim_setup(void **state)
{
    setup(state);
    wr(CM7, RCC + 0xE8, BIT(9));  /* LPTIM1, at 64 MHz */
    wr(CM7, RCC + 0xF4, BIT(11)); /* LPTIM4 */
    wr(CM7, LPTIM1 + CFGR, 6u << 9);
    wr(CM7, LPTIM1 + CR, ENABLE); /* 64 MHz / 64: a count each microsecond */
    wr(CM7, LPTIM1 + ARR, 999);
    clear_notes();
    return 0;
}

static void it_counts_and_starts_again(void **state)
{
    (void)state;
    assert_int_equal(rd(CM7, LPTIM1 + ISR), BIT(4)); /* ARROK */
    wr(CM7, LPTIM1 + ICR, BIT(4));
    pass(VT_MS);
    assert_int_equal(rd(CM7, LPTIM1 + CNT), 0);
    wr(CM7, LPTIM1 + CR, ENABLE | ALWAYS);
    pass(500 * VT_US + VT_US / 2);
    assert_int_equal(rd(CM7, LPTIM1 + CNT), 500);
    assert_int_equal(rd(CM7, LPTIM1 + ISR), 0);
    pass(499 * VT_US);
    assert_int_equal(rd(CM7, LPTIM1 + ISR), 2);
    pass(VT_US); /* CMP is 0: where a period begins again */
    assert_int_equal(rd(CM7, LPTIM1 + CNT), 0);
    assert_int_equal(rd(CM7, LPTIM1 + ISR), 3);
    wr(CM7, LPTIM1 + ICR, 3);
    pass(998 * VT_US);
    assert_int_equal(rd(CM7, LPTIM1 + ISR), 0);
    pass(VT_US);
    assert_int_equal(rd(CM7, LPTIM1 + ISR), 2);
    assert_no_note();
}

static void one_shot_ends(void **state)
{
    (void)state;
    wr(CM7, LPTIM1 + CR, ENABLE | SINGLE);
    pass(1001 * VT_US);
    assert_int_equal(rd(CM7, LPTIM1 + ISR) & 2, 2);
    wr(CM7, LPTIM1 + ICR, 2);
    pass(10 * VT_MS);
    assert_int_equal(rd(CM7, LPTIM1 + ISR) & 2, 0);
    wr(CM7, LPTIM1 + CR, ENABLE | SINGLE); /* and can be started again */
    pass(1001 * VT_US);
    assert_int_equal(rd(CM7, LPTIM1 + ISR) & 2, 2);
}

static void compare_matches_within_the_period(void **state)
{
    (void)state;
    wr(CM7, LPTIM1 + CMP, 300);
    wr(CM7, LPTIM1 + ICR, 0x1F);
    wr(CM7, LPTIM1 + IER, 1);
    wr(CM7, LPTIM1 + CR, ENABLE | ALWAYS);
    pass(299 * VT_US);
    assert_false(fx.core[CM7].irq[93]);
    pass(2 * VT_US);
    assert_true(fx.core[CM7].irq[93]);
    assert_int_equal(rd(CM7, LPTIM1 + ISR), 1);
    wr(CM7, LPTIM1 + ICR, 1);
    assert_false(fx.core[CM7].irq[93]);
}

static void start_needs_enable_first(void **state)
{
    (void)state;
    wr(CM7, LPTIM1 + CR, 0);
    wr(CM7, LPTIM1 + CR, ENABLE | ALWAYS);
    pass(10 * VT_US);
    assert_int_equal(rd(CM7, LPTIM1 + CNT), 0);
    assert_int_equal(rd(CM7, LPTIM1 + CR), ENABLE);
}

static void disabling_ends_and_clears(void **state)
{
    (void)state;
    wr(CM7, LPTIM1 + CR, ENABLE | ALWAYS);
    pass(1500 * VT_US);
    wr(CM7, LPTIM1 + CR, 0);
    assert_int_equal(rd(CM7, LPTIM1 + ISR), 0);
    assert_int_equal(rd(CM7, LPTIM1 + CNT), 0);
    pass(10 * VT_MS);
    assert_int_equal(rd(CM7, LPTIM1 + ISR), 0);
}

static void the_clock_may_change_under_it(void **state)
{
    (void)state;
    wr(CM7, LPTIM1 + CR, ENABLE | ALWAYS);
    pass(100 * VT_US);
    wr(CM7, RCC + 0x1C, 4u << 4); /* D2PPRE1: PCLK1 is half */
    pass(100 * VT_US);
    assert_in_range(rd(CM7, LPTIM1 + CNT), 149, 151);
}

/* Each Stop changes the system clock; a count of 4 ms takes longer than that. */
static void other_clocks_do_not_touch_its_count(void **state)
{
    (void)state;
    wr(CM7, RCC + 0x74, 1);
    pass(VT_MS);
    wr(CM7, RCC + 0x58, 4u << 13);
    wr(CM7, LPTIM4 + CFGR, 7u << 9); /* LSI / 128: a count each 4 ms */
    wr(CM7, LPTIM4 + CR, ENABLE);
    wr(CM7, LPTIM4 + ARR, 0xFFFF);
    wr(CM7, LPTIM4 + CR, ENABLE | ALWAYS);
    for (unsigned i = 0; i < 100; i++) {
        pass(VT_MS);
        wr(CM7, RCC + 0x1C, (i & 1) * 4u << 4);
        wr(CM7, LPTIM4 + CR, ENABLE | ALWAYS); /* it runs already */
    }
    pass(VT_MS);
    assert_int_equal(rd(CM7, LPTIM4 + CNT), 25);
}

static void lsi_drives_one_of_d3(void **state)
{
    (void)state;
    wr(CM7, RCC + 0x74, 1); /* LSION */
    pass(VT_MS);
    wr(CM7, RCC + 0x58, 4u << 13); /* LPTIM345SEL: LSI */
    wr(CM7, LPTIM4 + CR, ENABLE);
    wr(CM7, LPTIM4 + ARR, 31999);
    wr(CM7, LPTIM4 + IER, 2);
    wr(CM7, LPTIM4 + CR, ENABLE | ALWAYS);
    pass(999 * VT_MS);
    assert_false(fx.core[CM4].irq[140]);
    pass(2 * VT_MS);
    assert_true(fx.core[CM4].irq[140]);
}

static void what_it_has_not_is_reported(void **state)
{
    (void)state;
    wr(CM7, LPTIM1 + CR, 0);
    wr(CM7, LPTIM1 + CFGR, BIT(24));
    wr(CM7, LPTIM1 + CR, ENABLE);
    assert_note("regfile.feature");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, lptim_setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_counts_and_starts_again),          TEST(one_shot_ends),
        TEST(compare_matches_within_the_period),   TEST(start_needs_enable_first),
        TEST(disabling_ends_and_clears),           TEST(the_clock_may_change_under_it),
        TEST(other_clocks_do_not_touch_its_count), TEST(lsi_drives_one_of_d3),
        TEST(what_it_has_not_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
