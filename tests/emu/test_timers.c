/* SPDX-License-Identifier: MIT */
/* The timers: a rule of RM0399 each. All clocks of the bench run at 64 MHz. */
#include "emu/chip/reg.h"
#include "tests/emu/periph_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#define TIM(n) (0x40000000u + 0x400 * ((n)-2)) /* 2 to 7 */
#define TIM1   0x40010000u
#define TIM8   0x40010400u
#define TIM13  0x40001C00u
#define TIM17  0x40014800u

static int setup(void **state)
{
    (void)state;
    bench_setup();
    gpio_new(&bench.m);
    timers_new(&bench.m);
    bench_reset(true);
    bench_clocks_changed();
    return 0;
}

static void timer_counts_and_updates(void **state)
{
    (void)state;
    bench_write(TIM(3) + 0x28, 63); /* 1 us */
    bench_write(TIM(3) + 0x2C, 999);
    bench_write(TIM(3) + 0x14, 1);
    bench_write(TIM(3) + 0x10, 0);
    bench_write(TIM(3) + 0x0C, 1);
    bench_write(TIM(3), 1);
    bench_advance(250 * VT_US);
    assert_int_equal(bench_read(TIM(3) + 0x24), 250);
    bench_advance(749 * VT_US);
    assert_false(bench.irq[29]);
    bench_advance(VT_US);
    assert_true(bench.irq[29]);
    assert_int_equal(bench_read(TIM(3) + 0x24), 0);
    bench_write(TIM(3) + 0x10, ~1u);
    assert_false(bench.irq[29]);
    bench_advance(VT_MS);
    assert_true(bench.irq[29]);
}

static void prescaler_waits_for_the_update(void **state)
{
    (void)state;
    bench_write(TIM(3) + 0x2C, 99);
    bench_write(TIM(3), 1);
    bench_write(TIM(3) + 0x28, 63);
    bench_advance(VT_US);
    assert_int_equal(bench_read(TIM(3) + 0x24), 64); /* still undivided */
    bench_advance(36 * VT_US / 64 + 10 * VT_US);
    assert_int_equal(bench_read(TIM(3) + 0x24), 10);
}

static void a_sleeping_counter_is_right_after_a_long_time(void **state)
{
    (void)state;
    bench_write(TIM(2) + 0x28, 63);
    bench_write(TIM(2) + 0x2C, 6);
    bench_write(TIM(2) + 0x14, 1);
    bench_write(TIM(2), 1);
    bench_advance(1000 * VT_S + 3 * VT_US);
    assert_int_equal(bench_read(TIM(2) + 0x24), (1000000000ull + 3) % 7);
    assert_int_equal(bench_read(TIM(2) + 0x10) & 1, 1);
}

/* An advanced timer counts overflows, and UDIS keeps new values waiting: neither may make each
 * period of a long sleep cost time. */
static void nobody_looks_for_an_hour(void **state)
{
    const clock_t begun = clock();

    (void)state;
    bench_write(TIM1 + 0x2C, 1);
    bench_write(TIM1 + 0x30, 2);
    bench_write(TIM1 + 0x14, 1);
    bench_write(TIM1, 1);
    bench_write(TIM(3) + 0x2C, 1);
    bench_write(TIM(3) + 0x14, 1);
    bench_write(TIM(3) + 0x28, 63);
    bench_write(TIM(3) + 0x10, 0);
    bench_write(TIM(3), 3); /* UDIS */
    bench_advance(3600 * VT_S);
    assert_int_equal(bench_read(TIM1 + 0x10) & 1, 1);
    assert_int_equal(bench_read(TIM(3) + 0x10) & 1, 0);
    bench_write(TIM1 + 0x10, 0);
    bench_advance(6 * VT_US / 64 - VT_US / 128); /* three periods of two clocks, but for a half */
    assert_int_equal(bench_read(TIM1 + 0x10) & 1, 0);
    bench_advance(VT_US / 64);
    assert_int_equal(bench_read(TIM1 + 0x10) & 1, 1);
    assert_true(clock() - begun < 5 * CLOCKS_PER_SEC);
}

static void another_clock_loses_no_count(void **state)
{
    (void)state;
    bench_write(TIM(3) + 0x28, 63999); /* 1 ms */
    bench_write(TIM(3) + 0x14, 1);
    bench_write(TIM(3), 1);
    for (unsigned i = 0; i < 20; i++) {
        bench_advance(VT_MS / 2);
        bench.hz[CLK_TIM_APB1] = i & 1 ? 64000000 : 32000000;
        bench_clocks_changed();
    }
    assert_int_equal(bench_read(TIM(3) + 0x24), 7); /* 5 ms at each rate: 7.5 counts */
}

/* With ARR = 0 the counter is blocked: it does not count what it was blocked for. */
static void a_blocked_counter_begins_at_once(void **state)
{
    (void)state;
    bench_write(TIM(3) + 0x2C, 0);
    bench_write(TIM(3) + 0x10, 0);
    bench_write(TIM(3), 1);
    bench_advance(VT_MS);
    bench_write(TIM(3) + 0x2C, 0x8000);
    bench_advance(VT_US);
    assert_int_equal(bench_read(TIM(3) + 0x24), 64);
}

static void tim2_has_32_bits_and_tim3_has_16(void **state)
{
    (void)state;
    assert_int_equal(bench_read(TIM(2) + 0x2C), 0xFFFFFFFF);
    assert_int_equal(bench_read(TIM(5) + 0x2C), 0xFFFFFFFF);
    assert_int_equal(bench_read(TIM(3) + 0x2C), 0xFFFF);
    bench_write(TIM(2) + 0x24, 0x12345678);
    bench_write(TIM(4) + 0x24, 0x12345678);
    assert_int_equal(bench_read(TIM(2) + 0x24), 0x12345678);
    assert_int_equal(bench_read(TIM(4) + 0x24), 0x5678);
}

static void one_pulse_stops(void **state)
{
    (void)state;
    bench_write(TIM(6) + 0x2C, 63);
    bench_write(TIM(6), BIT(3) | 1);
    bench_advance(10 * VT_US);
    assert_int_equal(bench_read(TIM(6)), BIT(3));
    assert_int_equal(bench_read(TIM(6) + 0x24), 0);
    assert_int_equal(bench_read(TIM(6) + 0x10), 1);
}

static void urs_and_udis(void **state)
{
    (void)state;
    bench_write(TIM(7), BIT(2));
    bench_write(TIM(7) + 0x14, 1);
    assert_int_equal(bench_read(TIM(7) + 0x10), 0);
    bench_write(TIM(7), 0);
    bench_write(TIM(7) + 0x14, 1);
    assert_int_equal(bench_read(TIM(7) + 0x10), 1);
    bench_write(TIM(7) + 0x10, 0);
    bench_write(TIM(7) + 0x2C, 63);
    bench_write(TIM(7), BIT(1) | 1);
    bench_advance(10 * VT_US + VT_US / 2);
    assert_int_equal(bench_read(TIM(7) + 0x10), 0);
    assert_int_equal(bench_read(TIM(7) + 0x24), 32);
}

static void arpe_delays_the_reload_value(void **state)
{
    (void)state;
    bench_write(TIM(4), BIT(7));
    bench_write(TIM(4) + 0x2C, 63);
    bench_write(TIM(4) + 0x14, 1);
    bench_write(TIM(4), BIT(7) | 1);
    bench_write(TIM(4) + 0x2C, 31);
    bench_advance(3 * VT_US / 4);
    assert_int_equal(bench_read(TIM(4) + 0x24), 48);
    bench_advance(VT_US);
    assert_int_equal(bench_read(TIM(4) + 0x24), 16);
}

static void compare_sets_its_flag(void **state)
{
    (void)state;
    bench_write(TIM(5) + 0x38, 32); /* CCR2 */
    bench_write(TIM(5) + 0x0C, BIT(2));
    bench_write(TIM(5), 1);
    bench_advance(VT_US / 2 - 1);
    assert_false(bench.irq[50]);
    bench_advance(2);
    assert_true(bench.irq[50]);
    assert_int_equal(bench_read(TIM(5) + 0x10) & BIT(2), BIT(2));
}

static void timer_features_are_reported(void **state)
{
    (void)state;
    bench_write(TIM(3), BIT(4));
    bench_write(TIM(3) + 0x08, 7);
    bench_write(TIM(3) + 0x18, 3);
    bench_write(TIM(3) + 0x18, BIT(16));
    bench_write(TIM(3) + 0x0C, BIT(8));
    assert_int_equal(bench.features, 5);
}

/* ---- channels at pins ---- */

#define GPIOB 0x58020400u

static unsigned levels_in(unsigned samples, unsigned pin, vtime_t step)
{
    unsigned high = 0;

    for (unsigned i = 0; i < samples; i++) {
        high += bench_read(GPIOB + 0x10) >> pin & 1;
        bench_advance(step);
    }
    return high;
}

/* PB0 is TIM3_CH3 with AF 2. */
static void pb0_to_tim3(uint32_t ccmr2, uint32_t ccer)
{
    bench_write(GPIOB, (bench_read(GPIOB) & ~3u) | 2);
    bench_write(GPIOB + 0x20, 2);
    bench_write(TIM(3) + 0x28, 63); /* 1 us */
    bench_write(TIM(3) + 0x2C, 99);
    bench_write(TIM(3) + 0x3C, 30);
    bench_write(TIM(3) + 0x1C, ccmr2);
    bench_write(TIM(3) + 0x20, ccer);
    bench_write(TIM(3) + 0x14, 1);
    bench_write(TIM(3) + 0x10, 0);
    bench_write(TIM(3), 1);
}

static void pwm_shows_at_the_pin(void **state)
{
    (void)state;
    pb0_to_tim3(6 << 4, 1 << 8);
    assert_int_equal(levels_in(1000, 0, VT_US), 300);
    bench_write(TIM(3) + 0x20, 3 << 8); /* CC3P */
    assert_int_equal(levels_in(1000, 0, VT_US), 700);
    bench_write(TIM(3) + 0x20, 0);
    assert_int_equal(levels_in(1000, 0, VT_US), 0);
    assert_int_equal(bench.features, 0);
}

static void an_output_toggles_at_each_match(void **state)
{
    (void)state;
    pb0_to_tim3(3 << 4, 1 << 8);
    assert_int_equal(levels_in(1000, 0, VT_US), 500);
    bool before = bench_read(GPIOB + 0x10) & 1;
    bench_advance(100 * (200 * VT_US)); /* skipped in one step: whole cycles */
    assert_int_equal(bench_read(GPIOB + 0x10) & 1, before);
}

static void advanced_timers_need_moe(void **state)
{
    (void)state;
    bench_write(0x58020000, (bench_read(0x58020000) & ~(3u << 16)) | 2u << 16); /* PA8 */
    bench_write(0x58020024, 1);
    bench_write(TIM1 + 0x18, 5 << 4); /* forced high */
    bench_write(TIM1 + 0x20, 1);
    assert_int_equal(bench_read(0x58020010) & BIT(8), 0);
    bench_write(TIM1 + 0x44, BIT(15));
    assert_int_equal(bench_read(0x58020010) & BIT(8), BIT(8));
}

static void an_edge_is_captured(void **state)
{
    (void)state;
    pb0_to_tim3(1, 1 << 8); /* CC3 is input TI3, rising */
    bench_write(TIM(3) + 0x0C, BIT(3));
    bench_advance(42 * VT_US + VT_US / 2);
    assert_true(gpio_drive(bench.m.gpio, "PB0", 1));
    assert_true(bench.irq[29]);
    assert_int_equal(bench_read(TIM(3) + 0x3C), 42);
    assert_false(bench.irq[29]); /* reading the value clears the flag */
    bench_advance(10 * VT_US);
    gpio_drive(bench.m.gpio, "PB0", 0);
    assert_int_equal(bench_read(TIM(3) + 0x10) & BIT(3), 0);
    gpio_drive(bench.m.gpio, "PB0", 1);
    gpio_drive(bench.m.gpio, "PB0", 0);
    gpio_drive(bench.m.gpio, "PB0", 1);
    assert_int_equal(bench_read(TIM(3) + 0x10) & (BIT(3) | BIT(11)), BIT(3) | BIT(11));
    assert_int_equal(bench_read(TIM(3) + 0x3C), 52);
}

static void both_channels_of_a_pair_see_one_input(void **state)
{
    (void)state;
    pb0_to_tim3(0x201, 0x3100); /* CC3: TI3 rising; CC4: TI3 falling */
    bench_advance(20 * VT_US + VT_US / 2);
    gpio_drive(bench.m.gpio, "PB0", 1);
    bench_advance(30 * VT_US);
    gpio_drive(bench.m.gpio, "PB0", 0);
    assert_int_equal(bench_read(TIM(3) + 0x3C), 20);
    assert_int_equal(bench_read(TIM(3) + 0x40), 50);
}

/* The repetition counter: every third overflow is an update event. */
static void repetition_thins_out_the_updates(void **state)
{
    (void)state;
    bench_write(TIM1 + 0x2C, 63);
    bench_write(TIM1 + 0x30, 2);
    bench_write(TIM1 + 0x14, 1);
    bench_write(TIM1 + 0x10, 0);
    bench_write(TIM1 + 0x0C, 1);
    bench_write(TIM1, 1);
    bench_advance(2 * VT_US + VT_US / 2);
    assert_false(bench.irq[25]);
    bench_advance(VT_US);
    assert_true(bench.irq[25]);
    bench_write(TIM1 + 0x10, ~1u);
    bench_advance(2 * VT_US);
    assert_false(bench.irq[25]);
    bench_advance(VT_US);
    assert_true(bench.irq[25]);
    bench_write(TIM1 + 0x30, 0); /* in force from the next update event on */
    bench_write(TIM1 + 0x10, ~1u);
    bench_advance(3 * VT_US);
    bench_write(TIM1 + 0x10, ~1u);
    bench_advance(VT_US);
    assert_true(bench.irq[25]);
}

static void an_advanced_timer_has_two_lines(void **state)
{
    (void)state;
    bench_write(TIM1 + 0x34, 32);
    bench_write(TIM1 + 0x0C, BIT(1));
    bench_write(TIM1, 1);
    bench_advance(VT_US);
    assert_true(bench.irq[27]);
    assert_false(bench.irq[25]);
}

static void timers_that_share_a_line_keep_it_up(void **state)
{
    (void)state;
    const uint32_t t[2] = {TIM8, TIM13};
    for (unsigned i = 0; i < 2; i++) {
        bench_write(t[i] + 0x0C, 1);
        bench_write(t[i] + 0x14, 1);
    }
    assert_true(bench.irq[44]);
    bench_write(TIM8 + 0x10, 0);
    assert_true(bench.irq[44]);
    bench_write(TIM13 + 0x10, 0);
    assert_false(bench.irq[44]);
}

static void small_timers_have_few_registers(void **state)
{
    (void)state;
    bench_write(TIM17 + 0x34, 0x1234);
    bench_write(TIM17 + 0x38, 0x1234);
    bench_write(TIM17 + 0x0C, 0xFFFF);
    assert_int_equal(bench_read(TIM17 + 0x34), 0x1234);
    assert_int_equal(bench_read(TIM17 + 0x38), 0);
    assert_int_equal(bench_read(TIM17 + 0x0C), 0x23A3);
    assert_int_equal(bench_read(TIM17 + 0x2C), 0xFFFF);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(timer_counts_and_updates),
        T(prescaler_waits_for_the_update),
        T(a_sleeping_counter_is_right_after_a_long_time),
        T(nobody_looks_for_an_hour),
        T(another_clock_loses_no_count),
        T(a_blocked_counter_begins_at_once),
        T(tim2_has_32_bits_and_tim3_has_16),
        T(one_pulse_stops),
        T(urs_and_udis),
        T(arpe_delays_the_reload_value),
        T(compare_sets_its_flag),
        T(timer_features_are_reported),
        T(pwm_shows_at_the_pin),
        T(an_output_toggles_at_each_match),
        T(advanced_timers_need_moe),
        T(an_edge_is_captured),
        T(both_channels_of_a_pair_see_one_input),
        T(repetition_thins_out_the_updates),
        T(an_advanced_timer_has_two_lines),
        T(timers_that_share_a_line_keep_it_up),
        T(small_timers_have_few_registers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
