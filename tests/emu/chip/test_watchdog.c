/* SPDX-License-Identifier: MIT */
/* IWDG and WWDG (RM0399, watchdogs). */
#include "fixture.h"

#define RCC   0x58024400u
#define IWDG1 0x58004800u
#define IWDG2 0x58004C00u
#define WWDG1 0x50003000u
#define WWDG2 0x40002C00u
enum { KR = 0, PR = 4, RLR = 8, SR = 0xC, WINR = 0x10 };
enum { CR = 0, CFR = 4, WSR = 8 };

#define LSI (VT_S / 32000)

static void test_iwdg_bites(void **state)
{
    (void)state;
    wr(CM7, IWDG1 + KR, 0xCCCC);
    pass(LSI * 4 * 4096 - LSI);
    assert_int_equal(fx.reset, -1);
    pass(2 * LSI);
    assert_int_equal(fx.reset, RESET_IWDG1);
}

static void test_iwdg2_names_itself(void **state)
{
    (void)state;
    wr(CM4, IWDG2 + KR, 0xCCCC);
    pass(VT_S);
    assert_int_equal(fx.reset, RESET_IWDG2);
}

static void test_iwdg_feeding(void **state)
{
    (void)state;
    wr(CM7, IWDG1 + KR, 0xCCCC);
    for (unsigned i = 0; i < 20; i++) {
        pass(400 * VT_MS); /* of 512 */
        wr(CM7, IWDG1 + KR, 0xAAAA);
    }
    assert_int_equal(fx.reset, -1);
    wr(CM7, IWDG1 + KR, 0x1234); /* no key does anything else */
    pass(513 * VT_MS);
    assert_int_equal(fx.reset, RESET_IWDG1);
}

static void test_iwdg_settings(void **state)
{
    (void)state;
    wr(CM7, IWDG1 + KR, 0xCCCC);
    wr(CM7, IWDG1 + RLR, 100);
    assert_note("iwdg.locked");
    assert_int_equal(rd(CM7, IWDG1 + RLR), 0xFFF);
    wr(CM7, IWDG1 + KR, 0x5555);
    wr(CM7, IWDG1 + PR, 3); /* /32: 1 ms */
    wr(CM7, IWDG1 + RLR, 99);
    assert_int_equal(rd(CM7, IWDG1 + SR), 3);
    pass(VT_MS);
    assert_int_equal(rd(CM7, IWDG1 + SR), 0);
    wr(CM7, IWDG1 + KR, 0xAAAA);
    pass(99 * VT_MS);
    assert_int_equal(fx.reset, -1);
    pass(2 * VT_MS);
    assert_int_equal(fx.reset, RESET_IWDG1);
}

/* Without LSI the new values never arrive, as long as nobody starts the watchdog. */
static void test_iwdg_update_needs_lsi(void **state)
{
    (void)state;
    wr(CM7, IWDG1 + KR, 0x5555);
    wr(CM7, IWDG1 + PR, 3);
    pass(VT_S);
    assert_int_equal(rd(CM7, IWDG1 + SR), 1);
    wr(CM7, IWDG1 + PR, 4); /* while one is on its way */
    assert_note("iwdg.updating");
    assert_int_equal(rd(CM7, IWDG1 + PR), 3);
    wr(CM7, RCC + 0x74, 1); /* LSION */
    pass(VT_MS);
    assert_int_equal(rd(CM7, IWDG1 + SR), 0);
}

static void test_iwdg_starts_lsi(void **state)
{
    (void)state;
    assert_int_equal(rd(CM7, RCC + 0x74), 0);
    wr(CM7, IWDG1 + KR, 0xCCCC);
    pass(VT_MS);
    assert_int_equal(rd(CM7, RCC + 0x74), 2);
    wr(CM7, RCC + 0x74, 0); /* cannot be switched off */
    assert_int_equal(rd(CM7, RCC + 0x74), 2);
}

static void test_iwdg_window(void **state)
{
    (void)state;
    wr(CM7, IWDG1 + KR, 0xCCCC);
    wr(CM7, IWDG1 + KR, 0x5555);
    wr(CM7, IWDG1 + WINR, 0x800); /* reloads, too */
    pass(VT_MS);
    pass(LSI * 4 * 0x900);
    wr(CM7, IWDG1 + KR, 0xAAAA); /* below the window's top: good */
    assert_int_equal(fx.reset, -1);
    pass(LSI * 4 * 0x100);
    wr(CM7, IWDG1 + KR, 0xAAAA); /* too early */
    assert_int_equal(fx.reset, RESET_IWDG1);
}

static void test_iwdg_stops_with_reset_only(void **state)
{
    (void)state;
    wr(CM7, IWDG1 + KR, 0xCCCC);
    do_reset(RESET_SOFT_CM7);
    pass(VT_S);
    assert_int_equal(fx.reset, -1);
}

static void test_iwdg_hardware_start(void **state)
{
    (void)state;
    fx.options.optsr &= ~BIT(5); /* IWDG2_SW */
    do_reset(RESET_POWER_ON);
    pass(VT_MS);
    assert_int_equal(rd(CM7, RCC + 0x74), 2);
    pass(511 * VT_MS + VT_MS);
    assert_int_equal(fx.reset, RESET_IWDG2);
}

static void stop(bool on)
{
    fx.core[CM7].power = fx.core[CM4].power = on ? POWER_DEEPSLEEP : POWER_RUN;
    rcc_power_changed(fx.m.rcc);
}

static void test_iwdg_in_stop(void **state)
{
    (void)state;
    wr(CM7, IWDG1 + KR, 0xCCCC);
    stop(true);
    pass(VT_S);
    assert_int_equal(fx.reset, RESET_IWDG1); /* factory: it runs on */
    fx.options.optsr &= ~BIT(17);            /* FZ_IWDG_STOP = 0: frozen */
    do_reset(RESET_IWDG1);
    wr(CM7, IWDG1 + KR, 0xCCCC);
    pass(100 * VT_MS);
    stop(true);
    pass(10 * VT_S);
    assert_int_equal(fx.reset, -1);
    stop(false);
    pass(400 * VT_MS);
    assert_int_equal(fx.reset, -1);
    pass(20 * VT_MS);
    assert_int_equal(fx.reset, RESET_IWDG1);
}

/* Frozen in Stop, and awake for half a tick at a time: it is late, but it bites. */
static void test_iwdg_bites_between_short_stops(void **state)
{
    (void)state;
    fx.options.optsr &= ~BIT(17);
    do_reset(RESET_SOFT_CM7);
    fx.reset = -1;
    wr(CM7, IWDG1 + KR, 0xCCCC); /* 4096 ticks of 4 cycles */
    for (unsigned i = 0; i < 2 * 4096 + 8 && fx.reset < 0; i++) {
        pass(2 * LSI);
        stop(true);
        pass(LSI);
        stop(false);
    }
    assert_int_equal(fx.reset, RESET_IWDG1);
}

/* ---- WWDG ---- */

#define TICK (4096 * VT_S / 64000000)

static void wwdg1_on(void)
{
    wr(CM7, RCC + 0xE4, BIT(6));
    wr(CM7, RCC + 0xA0, 1); /* WW1RSC: system scope */
}

static void test_wwdg_bites(void **state)
{
    (void)state;
    wwdg1_on();
    assert_int_equal(rd(CM7, WWDG1 + CFR), 0x7F);
    wr(CM7, WWDG1 + CR, 0xFF);
    pass(63 * TICK + TICK / 2);
    assert_int_equal(fx.reset, -1);
    assert_int_equal(rd(CM7, WWDG1 + CR), 0x80 | 0x40);
    pass(TICK);
    assert_int_equal(fx.reset, RESET_WWDG1);
}

static void test_wwdg_early_wakeup(void **state)
{
    (void)state;
    wwdg1_on();
    wr(CM7, WWDG1 + CFR, 0x7F | BIT(9));
    wr(CM7, WWDG1 + CR, 0x80 | 0x50);
    pass(15 * TICK + TICK / 2);
    assert_false(fx.core[CM7].irq[0]);
    pass(TICK);
    assert_true(fx.core[CM7].irq[0]);
    assert_false(fx.core[CM4].irq[0]);
    assert_int_equal(rd(CM7, WWDG1 + WSR), 1);
    wr(CM7, WWDG1 + CR, 0x80 | 0x50); /* fed in the handler */
    wr(CM7, WWDG1 + WSR, 0);
    assert_false(fx.core[CM7].irq[0]);
    pass(2 * TICK);
    assert_int_equal(fx.reset, -1);
}

static void test_wwdg_window(void **state)
{
    (void)state;
    wwdg1_on();
    wr(CM7, WWDG1 + CFR, 0x50);
    wr(CM7, WWDG1 + CR, 0x80 | 0x7F);
    pass(40 * TICK); /* 0x57 */
    wr(CM7, WWDG1 + CR, 0x80 | 0x7F);
    pass(1);
    assert_int_equal(fx.reset, RESET_WWDG1);
}

static void test_wwdg_writing_t6_zero_bites(void **state)
{
    (void)state;
    wwdg1_on();
    wr(CM7, WWDG1 + CR, 0x80 | 0x3F);
    pass(1);
    assert_int_equal(fx.reset, RESET_WWDG1);
}

static void test_wwdg_timebase(void **state)
{
    (void)state;
    wwdg1_on();
    wr(CM7, WWDG1 + CFR, 0x7F | 5 << 11); /* three bits wide: /32 */
    wr(CM7, WWDG1 + CR, 0xFF);
    pass(TICK * 63 * 32);
    assert_int_equal(fx.reset, -1);
    pass(32 * TICK + 1);
    assert_int_equal(fx.reset, RESET_WWDG1);
}

static void test_wwdg_follows_its_clock(void **state)
{
    (void)state;
    wwdg1_on();
    wr(CM7, WWDG1 + CR, 0xFF);
    pass(32 * TICK);
    wr(CM7, RCC + 0x18, 4 << 4); /* D1PPRE: PCLK3 / 2 */
    pass(63 * TICK);
    assert_int_equal(fx.reset, -1);
    pass(2 * TICK);
    assert_int_equal(fx.reset, RESET_WWDG1);
}

/* Another clock each half tick, or CFR written again: neither keeps it from biting. */
static void test_wwdg_bites_under_a_restless_clock(void **state)
{
    (void)state;
    wwdg1_on();
    wr(CM7, WWDG1 + CR, 0xFF);
    for (unsigned i = 0; i < 2 * 64 - 2; i++) {
        pass(TICK / 2 + (i & 1) * TICK / 2);
        wr(CM7, RCC + 0x18, (i & 1 ? 0 : 4u) << 4); /* TICK is of the undivided clock */
        wr(CM7, WWDG1 + CFR, 0x7F);
    }
    assert_int_equal(fx.reset, -1);
    pass(2 * TICK);
    assert_int_equal(fx.reset, RESET_WWDG1);
}

static void test_wwdg_disabled_does_not_bite(void **state)
{
    (void)state;
    wwdg1_on();
    wr(CM7, WWDG1 + CR, 0x7F);
    pass(VT_S);
    assert_int_equal(fx.reset, -1);
    wr(CM7, WWDG1 + CR, 0xFF);
    wr(CM7, WWDG1 + CR, 0x7F); /* WDGA cannot be cleared */
    assert_true(rd(CM7, WWDG1 + CR) & 0x80);
}

static void test_wwdg2_core_scope(void **state)
{
    (void)state;
    wr(CM4, RCC + 0xE8, BIT(11));
    wr(CM7, 0x58000040, BIT(20)); /* EXTI line 84, rising */
    wr(CM7, 0x580000A0, BIT(20));
    wr(CM4, WWDG2 + CR, 0xC0);
    pass(2 * TICK);
    assert_int_equal(fx.reset, -1);
    assert_int_equal(fx.core[CM4].resets, 1);
    assert_int_equal(fx.core[CM7].resets, 0);
    assert_note("wwdg.core-scope");
    assert_true(fx.core[CM7].irq[143]);
    assert_int_equal(rd(CM7, RCC + 0xD0), 0x00FE0000 | BIT(29));
    pass(VT_S);
    assert_int_equal(fx.core[CM4].resets, 1); /* the watchdog was reset with it */
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_iwdg_bites),
        T(test_iwdg2_names_itself),
        T(test_iwdg_feeding),
        T(test_iwdg_settings),
        T(test_iwdg_update_needs_lsi),
        T(test_iwdg_starts_lsi),
        T(test_iwdg_window),
        T(test_iwdg_stops_with_reset_only),
        T(test_iwdg_hardware_start),
        T(test_iwdg_in_stop),
        T(test_iwdg_bites_between_short_stops),
        T(test_wwdg_bites),
        T(test_wwdg_early_wakeup),
        T(test_wwdg_window),
        T(test_wwdg_writing_t6_zero_bites),
        T(test_wwdg_timebase),
        T(test_wwdg_follows_its_clock),
        T(test_wwdg_bites_under_a_restless_clock),
        T(test_wwdg_disabled_does_not_bite),
        T(test_wwdg2_core_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
