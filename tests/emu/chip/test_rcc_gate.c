/* SPDX-License-Identifier: MIT */
/* RCC: which block has a clock, for which core (RM0399, peripheral clock gating, block resets). */
#include "fixture.h"

#define RCC 0x58024400u
enum { AHB4ENR = 0xE0, APB1LENR = 0xE8 };

static void test_banked_enables(void **state)
{
    (void)state;
    wr(CM7, RCC + APB1LENR, BIT(18));
    assert_int_equal(rd(CM7, RCC + APB1LENR), BIT(18));
    assert_int_equal(rd(CM4, RCC + APB1LENR), 0);
    assert_int_equal(rd(CM4, RCC + 0x148), BIT(18)); /* C1_APB1LENR */
    assert_int_equal(rd(CM7, RCC + 0x1A8), 0);       /* C2_APB1LENR */
    assert_true(rcc_gate_on(fx.m.rcc, GATE(G_APB1L, 18)));
    assert_true(rcc_gate_by(fx.m.rcc, GATE(G_APB1L, 18), CM7));
    assert_false(rcc_gate_by(fx.m.rcc, GATE(G_APB1L, 18), CM4));
    wr(CM7, RCC + 0x1A8, BIT(18));
    wr(CM7, RCC + APB1LENR, 0);
    assert_true(rcc_gate_on(fx.m.rcc, GATE(G_APB1L, 18))); /* CPU2 has it */
}

static void test_bits_of_one_core_only(void **state)
{
    (void)state;
    wr(CM7, RCC + 0xD4, 0xFFFFFFFF);
    wr(CM4, RCC + 0xD4, 0xFFFFFFFF);
    assert_int_equal(rd(CM7, RCC + 0xD4) & 0xF0000100, 0);
    assert_int_equal(rd(CM4, RCC + 0xD4) & 0xF0000100, 0xF0000100);
    wr(CM7, RCC + 0xDC, 0xFFFFFFFF);
    wr(CM4, RCC + 0xDC, 0xFFFFFFFF);
    assert_int_equal(rd(CM7, RCC + 0xDC) & 0xE0000000, 0xE0000000);
    assert_int_equal(rd(CM4, RCC + 0xDC) & 0xE0000000, 0);
}

static void test_wwdg_enable_is_set_only(void **state)
{
    (void)state;
    wr(CM7, RCC + 0xE4, BIT(6));
    wr(CM7, RCC + 0xE4, 0);
    assert_int_equal(rd(CM7, RCC + 0xE4), BIT(6));
    wr(CM4, RCC + 0xE4, BIT(6));
    assert_int_equal(rd(CM4, RCC + 0xE4), 0);
}

static void test_unclocked_access(void **state)
{
    (void)state;
    wr(CM7, 0x58026400, 0x80000300); /* HSEM */
    assert_note("bus.unclocked");
    assert_int_equal(rd(CM7, 0x58026400), 0);
    wr(CM7, RCC + AHB4ENR, BIT(25));
    wr(CM7, 0x58026400, 0x80000300);
    assert_int_equal(rd(CM7, 0x58026400), 0x80000300);
}

static void test_sleep_gates(void **state)
{
    (void)state;
    wr(CM7, RCC + APB1LENR, BIT(19) | BIT(20));
    wr(CM7, RCC + 0x110, rd(CM7, RCC + 0x110) & ~BIT(20)); /* APB1LLPENR */
    fx.core[CM7].power = POWER_SLEEP;
    rcc_power_changed(fx.m.rcc);
    assert_true(rcc_gate_on(fx.m.rcc, GATE(G_APB1L, 19)));
    assert_false(rcc_gate_on(fx.m.rcc, GATE(G_APB1L, 20)));
    fx.core[CM7].power = POWER_DEEPSLEEP;
    rcc_power_changed(fx.m.rcc);
    assert_false(rcc_gate_on(fx.m.rcc, GATE(G_APB1L, 19)));
    fx.core[CM7].power = POWER_RUN;
    rcc_power_changed(fx.m.rcc);
    assert_true(rcc_gate_on(fx.m.rcc, GATE(G_APB1L, 20)));
}

/* It has no LPEN bit: only a core that runs keeps it clocked. */
static void test_hsem_stops_with_the_core_that_enabled_it(void **state)
{
    (void)state;
    wr(CM4, RCC + AHB4ENR, BIT(25));
    wr(CM7, 0x58026400, 0x80000300);
    assert_no_note();
    fx.core[CM4].power = POWER_SLEEP;
    rcc_power_changed(fx.m.rcc);
    wr(CM7, 0x58026404, 0x80000300);
    assert_note("bus.unclocked");
    fx.core[CM4].power = POWER_RUN;
    rcc_power_changed(fx.m.rcc);
    assert_int_equal(rd(CM4, 0x58026404), 0);
}

static void test_the_rtc_has_its_clock_after_reset(void **state)
{
    (void)state;
    assert_int_equal(rd(CM7, RCC + 0xF4), BIT(16)); /* APB4ENR.RTCAPBEN */
    assert_int_equal(rd(CM4, RCC + 0xF4), BIT(16));
    assert_true(rcc_gate_on(fx.m.rcc, GATE(G_APB4, 16)));
    wr(CM7, RCC + 0xF4, 0);
    wr(CM4, RCC + 0xF4, 0);
    assert_false(rcc_gate_on(fx.m.rcc, GATE(G_APB4, 16)));
}

static void test_block_reset(void **state)
{
    (void)state;
    wr(CM7, RCC + APB1LENR, BIT(21));
    wr(CM7, 0x40005410, 0x12345678); /* I2C1 TIMINGR */
    uint32_t before = rd(CM7, 0x40005410);
    assert_int_not_equal(before, 0);
    wr(CM7, RCC + 0x90, BIT(21));
    assert_int_equal(rd(CM7, 0x40005410), 0);
    wr(CM7, 0x40005410, 0x12345678); /* held in reset */
    wr(CM7, RCC + 0x90, 0);
    assert_int_equal(rd(CM7, 0x40005410), 0);
    wr(CM7, 0x40005410, 0x12345678);
    assert_int_equal(rd(CM7, 0x40005410), before);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_banked_enables),
        T(test_bits_of_one_core_only),
        T(test_wwdg_enable_is_set_only),
        T(test_unclocked_access),
        T(test_sleep_gates),
        T(test_block_reset),
        T(test_hsem_stops_with_the_core_that_enabled_it),
        T(test_the_rtc_has_its_clock_after_reset),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
