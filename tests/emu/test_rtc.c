/* SPDX-License-Identifier: MIT */
/* The RTC's alarms and wake-up timer: a rule of RM0399 each. The RTC's clock has 32768 Hz. */
#include "emu/chip/reg.h"
#include "tests/emu/periph_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h> /* after the two above */

#define RTC 0x58004000u
enum {
    TR = 0x00,
    DR = 0x04,
    CR = 0x08,
    ISR = 0x0C,
    WUTR = 0x14,
    ALRMAR = 0x1C,
    ALRMBR = 0x20,
    WPR = 0x24,
    ALRMASSR = 0x44,
};
enum { ALRAE = BIT(8), ALRBE = BIT(9), WUTE = BIT(10), ALRAIE = BIT(12), WUTIE = BIT(14) };
enum { ALRAWF = BIT(0), WUTWF = BIT(2), INIT = BIT(7), ALRAF = BIT(8), ALRBF = BIT(9) };
enum { WUTF = BIT(10), ALARM_LINE = 17, WAKEUP_LINE = 19 };
#define ANY_DATE 0x80000000u

static void set(uint32_t off, uint32_t value)
{
    bench_write(RTC + off, value);
}

static uint32_t get(uint32_t off)
{
    return bench_read(RTC + off);
}

/* 2026-03-31, a Tuesday, 23:59:50. */
static int setup(void **state)
{
    (void)state;
    bench_setup();
    rtc_new(&bench.m);
    bench_reset(true);
    bench.hz[CLK_RTC] = 32768;
    bench_clocks_changed();
    bench.dbp = true;
    set(WPR, 0xCA);
    set(WPR, 0x53);
    set(ISR, INIT);
    set(TR, 0x235950);
    set(DR, 0x264331);
    set(ISR, 0);
    return 0;
}

static unsigned seconds_until(uint32_t flag)
{
    for (unsigned s = 1; s <= 200000; s++) {
        bench_advance(VT_S);
        if (get(ISR) & flag) {
            return s;
        }
    }
    return 0;
}

static void an_alarm_comes_at_its_time(void **state)
{
    (void)state;
    set(ALRMAR, ANY_DATE | 0x000005);
    set(CR, ALRAE | ALRAIE);
    bench_advance(14 * VT_S);
    assert_false(get(ISR) & ALRAF);
    assert_int_equal(bench.exti_rising[ALARM_LINE], 0);
    bench_advance(VT_S);
    assert_true(get(ISR) & ALRAF);
    assert_int_equal(bench.exti_rising[ALARM_LINE], 1);
    set(ISR, ~(uint32_t)(ALRAF | INIT));
    assert_false(get(ISR) & ALRAF);
    assert_int_equal(bench.exti_falling[ALARM_LINE], 1);
    assert_int_equal(seconds_until(ALRAF), 86400); /* and every day */
}

static void masked_fields_are_not_compared(void **state)
{
    (void)state;
    set(ALRMAR, ANY_DATE | BIT(23) | BIT(15) | 0x30); /* second 30 of each minute */
    set(ALRMBR, ANY_DATE | BIT(23) | BIT(15) | BIT(7));
    set(CR, ALRAE | ALRBE);
    assert_int_equal(seconds_until(ALRBF), 1);
    assert_int_equal(seconds_until(ALRAF), 39);
    set(ISR, 0);
    assert_int_equal(seconds_until(ALRAF), 60);
}

static void dates_and_weekdays_are_compared(void **state)
{
    (void)state;
    set(ALRMAR, 2u << 24);                      /* 2 April, 00:00:00 */
    set(ALRMBR, BIT(30) | 4u << 24 | 0x120000); /* Thursday, which is that day */
    set(CR, ALRAE | ALRBE);
    assert_int_equal(seconds_until(ALRAF), 10 + 86400);
    assert_int_equal(seconds_until(ALRBF), 43200);
}

static void sub_seconds_are_compared(void **state)
{
    (void)state;
    set(ALRMAR, ANY_DATE | BIT(23) | BIT(15) | BIT(7));
    set(ALRMASSR, 15u << 24 | 127); /* SSR counts 255 to 0: in the middle of each second */
    set(CR, ALRAE);
    bench_advance(499 * VT_MS);
    assert_false(get(ISR) & ALRAF);
    bench_advance(2 * VT_MS);
    assert_true(get(ISR) & ALRAF);
}

static void a_running_alarm_refuses_changes(void **state)
{
    (void)state;
    assert_true(get(ISR) & ALRAWF);
    set(ALRMAR, ANY_DATE | 0x000005);
    set(CR, ALRAE);
    assert_false(get(ISR) & ALRAWF);
    set(ALRMAR, 0);
    assert_true(bench_noted("rtc.busy"));
    assert_int_equal(get(ALRMAR), ANY_DATE | 0x000005);
    set(CR, 0);
    set(ALRMAR, 0); /* sooner than two RTC clocks after it */
    assert_true(bench_noted("rtc.busy"));
    bench_advance(100 * VT_US);
    assert_true(get(ISR) & ALRAWF);
    set(ALRMAR, 0);
    assert_int_equal(get(ALRMAR), 0);
}

static void flags_are_cleared_without_the_keys(void **state)
{
    (void)state;
    set(ALRMAR, ANY_DATE | BIT(23) | BIT(15) | BIT(7));
    set(CR, ALRAE);
    set(WPR, 0xFF);
    bench_advance(2 * VT_S);
    assert_true(get(ISR) & ALRAF);
    set(ISR, ~(uint32_t)(ALRAF | INIT));
    assert_false(get(ISR) & ALRAF);
    assert_true(bench_noted(""));
}

static void the_wakeup_timer_counts_seconds(void **state)
{
    (void)state;
    set(WUTR, 9);
    set(CR, 4 | WUTIE);
    set(CR, 4 | WUTIE | WUTE);
    bench_advance(9 * VT_S);
    assert_false(get(ISR) & WUTF);
    bench_advance(VT_S);
    assert_true(get(ISR) & WUTF);
    assert_int_equal(bench.exti_rising[WAKEUP_LINE], 1);
    set(ISR, ~(uint32_t)(WUTF | INIT));
    bench_advance(10 * VT_S);
    assert_int_equal(bench.exti_rising[WAKEUP_LINE], 2);
}

static void the_wakeup_timer_divides_the_clock(void **state)
{
    (void)state;
    set(WUTR, 2047); /* 2048 * 16 clocks: a second */
    set(CR, WUTE);
    bench_advance(999 * VT_MS);
    assert_false(get(ISR) & WUTF);
    bench_advance(2 * VT_MS);
    assert_true(get(ISR) & WUTF);
    set(WUTR, 1);
    assert_true(bench_noted("rtc.busy"));
    set(CR, 0);
    bench_advance(100 * VT_US);
    set(ISR, 0);
    set(CR, 6); /* seconds, and 2 to the 16 more of them */
    set(WUTR, 0);
    set(CR, 6 | WUTE);
    bench_advance(65536 * VT_S);
    assert_false(get(ISR) & WUTF);
    bench_advance(VT_S);
    assert_true(get(ISR) & WUTF);
}

static void a_system_reset_leaves_alarms_alone(void **state)
{
    (void)state;
    set(ALRMAR, ANY_DATE | 0x000005);
    set(CR, ALRAE | ALRAIE);
    bench_reset(false);
    bench_advance(15 * VT_S);
    assert_int_equal(bench.exti_rising[ALARM_LINE], 1);
}

/* As each Stop does it: the calendar runs on, whatever happens to other clocks. */
static void other_clocks_do_not_touch_the_second(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 25; i++) {
        bench_advance(400 * VT_MS);
        bench_clocks_changed();
    }
    assert_int_equal(get(TR), 0x000000); /* 10 s later */
}

/* Second 0x3C is what somebody writes who forgets that the fields are BCD. */
static void an_alarm_at_no_time_costs_nothing(void **state)
{
    const clock_t begun = clock();

    (void)state;
    set(ALRMAR, ANY_DATE | BIT(23) | BIT(15) | 0x3C);
    set(CR, ALRAE);
    for (unsigned i = 0; i < 100; i++) {
        set(CR, ALRAE | ALRAIE);
    }
    bench_advance(100 * VT_S);
    assert_false(get(ISR) & ALRAF);
    assert_true(clock() - begun < 5 * CLOCKS_PER_SEC); /* it was half a second for each write */
}

static void twelve_hours_have_am_and_pm(void **state)
{
    (void)state;
    set(ISR, INIT);
    set(CR, BIT(6)); /* FMT */
    set(TR, 0x120000);
    set(ISR, 0);
    assert_int_equal(get(TR), 0x120000); /* midnight */
    set(ALRMAR, ANY_DATE | BIT(22) | 0x010000);
    set(CR, BIT(6) | ALRAE);
    assert_int_equal(seconds_until(ALRAF), 13 * 3600);
    assert_int_equal(get(TR), BIT(22) | 0x010000); /* 1 PM */
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_alarm_comes_at_its_time),           T(masked_fields_are_not_compared),
        T(dates_and_weekdays_are_compared),      T(sub_seconds_are_compared),
        T(a_running_alarm_refuses_changes),      T(flags_are_cleared_without_the_keys),
        T(the_wakeup_timer_counts_seconds),      T(the_wakeup_timer_divides_the_clock),
        T(a_system_reset_leaves_alarms_alone),   T(twelve_hours_have_am_and_pm),
        T(other_clocks_do_not_touch_the_second), T(an_alarm_at_no_time_costs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
