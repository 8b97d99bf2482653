/* SPDX-License-Identifier: MIT */
/* RCC: clocks, domains, resets (RM0399, reset and clock control). */
#include "fixture.h"

#define RCC 0x58024400u
#define PWR 0x58024800u
enum { CR = 0, CFGR = 0x10, D1CFGR = 0x18, D2CFGR = 0x1C, D3CFGR = 0x20, CKSELR = 0x28 };
enum { PLLCFGR = 0x2C, PLL1DIVR = 0x30, FRACR = 0x34, CCIP2 = 0x54, BDCR = 0x70, CSR = 0x74 };
enum { GCR = 0xA0, RSR = 0xD0, AHB1ENR = 0xD8, AHB4ENR = 0xE0, APB1LENR = 0xE8 };

static uint32_t cr(void)
{
    return rd(CM7, RCC + CR);
}

static void set(uint32_t off, uint32_t mask)
{
    wr(CM7, RCC + off, rd(CM7, RCC + off) | mask);
}

static void clr(uint32_t off, uint32_t mask)
{
    wr(CM7, RCC + off, rd(CM7, RCC + off) & ~mask);
}

static uint64_t hz(enum clk c)
{
    return rcc_hz(fx.m.rcc, c);
}

static void test_state_after_reset(void **state)
{
    (void)state;
    assert_int_equal(cr(), 0x0000C025); /* HSION, HSIRDY, HSIDIVF, D1CKRDY, D2CKRDY */
    assert_int_equal(rd(CM7, RCC + CKSELR), 0x02020200);
    assert_int_equal(rd(CM7, RCC + PLLCFGR), 0x01FF0000);
    assert_int_equal(rd(CM7, RCC + PLL1DIVR), 0x01010280);
    assert_int_equal(rd(CM7, RCC + RSR), 0x00FE0000);
    assert_int_equal(rd(CM7, RCC + 0xFC), 0xF0015131); /* AHB3LPENR */
    for (enum clk c = CLK_CPU1; c <= CLK_SYS; c++) {
        assert_int_equal(hz(c), 64000000);
    }
    assert_int_equal(hz(CLK_HSE), 0);
}

static void test_hse_needs_time(void **state)
{
    (void)state;
    set(CR, BIT(18));
    set(CR, BIT(16));
    assert_false(cr() & BIT(17));
    pass(70 * VT_US);
    assert_true(cr() & BIT(17));
    assert_int_equal(hz(CLK_HSE), 8000000);
    assert_no_note();
    clr(CR, BIT(16));
    assert_false(cr() & BIT(17));
}

/* The set-up of the Nucleo template: HSE bypass, M4 N400 P2, 400 MHz. */
static void pll1_400(void)
{
    wr(CM7, PWR + 0x0C, 0x04);
    wr(CM7, PWR + 0x18, 0xC000);
    pass(VT_MS);
    set(CR, BIT(18));
    set(CR, BIT(16));
    pass(VT_MS);
    wr(CM7, RCC + CKSELR, 0x02020000 | 4 << 4 | 2);
    wr(CM7, RCC + PLLCFGR, 0x01FF0000 | 1 << 2);
    wr(CM7, RCC + PLL1DIVR, 399 | 1 << 9 | 3 << 16 | 1 << 24);
    set(CR, BIT(24));
    assert_false(cr() & BIT(25));
    pass(VT_MS);
    assert_true(cr() & BIT(25));
}

static void switch_to_400(void)
{
    pll1_400();
    wr(CM7, RCC + D1CFGR, 0x8 | 4 << 4);
    wr(CM7, RCC + D2CFGR, 4 << 4 | 4 << 8);
    wr(CM7, RCC + D3CFGR, 4 << 4);
    wr(CM7, RCC + CFGR, 3);
    pass(VT_US);
    assert_int_equal(rd(CM7, RCC + CFGR), 3 | 3 << 3);
}

static void test_400_mhz(void **state)
{
    (void)state;
    switch_to_400();
    assert_no_note();
    assert_int_equal(hz(CLK_CPU1), 400000000);
    assert_int_equal(hz(CLK_HCLK), 200000000);
    assert_int_equal(hz(CLK_CPU2), 200000000);
    assert_int_equal(hz(CLK_PCLK1), 100000000);
    assert_int_equal(hz(CLK_PCLK4), 100000000);
    assert_int_equal(hz(CLK_TIM_APB1), 200000000);
    assert_true(fx.clock_changes > 0);
}

static void test_fraction(void **state)
{
    (void)state;
    wr(CM7, RCC + CKSELR, 0x02020000 | 32 << 4); /* HSI 64 MHz / 32 = 2 MHz */
    wr(CM7, RCC + FRACR, 4096 << 3);
    wr(CM7, RCC + PLLCFGR, 0x01FF0000 | 1 << 2 | 1); /* FRACEN */
    wr(CM7, RCC + PLL1DIVR, 199 | 3 << 9 | 1 << 16 | 1 << 24);
    set(CR, BIT(24));
    pass(VT_MS);
    wr(CM7, RCC + CFGR, 3);
    pass(VT_US);
    assert_int_equal(hz(CLK_SYS), 100250000); /* 2 MHz * 200.5 / 4 */
}

static void test_running_pll_refuses_changes(void **state)
{
    (void)state;
    pll1_400();
    wr(CM7, RCC + PLL1DIVR, 99);
    assert_note("rcc.pll-running");
    assert_int_equal(rd(CM7, RCC + PLL1DIVR) & 0x1FF, 399);
    wr(CM7, RCC + CKSELR, 0);
    assert_int_equal(rd(CM7, RCC + CKSELR) & 3, 2);
    clear_notes();
    wr(CM7, RCC + 0x38, 0x01010100); /* PLL2 is off */
    assert_no_note();
    assert_int_equal(rd(CM7, RCC + 0x38), 0x01010100);
}

static void test_pll_out_of_range_never_locks(void **state)
{
    (void)state;
    wr(CM7, RCC + CKSELR, 0x02020000 | 2 << 4); /* 32 MHz reference */
    set(CR, BIT(24));
    assert_note("rcc.pll-reference");
    pass(VT_S);
    assert_false(cr() & BIT(25));
    clr(CR, BIT(24));
    wr(CM7, RCC + CKSELR, 0x02020000 | 8 << 4);
    wr(CM7, RCC + PLL1DIVR, 199 | 1 << 9); /* 8 MHz * 200 */
    set(CR, BIT(24));
    assert_note("rcc.pll-vco");
    pass(VT_S);
    assert_false(cr() & BIT(25));
}

static void test_switch_waits_for_a_ready_clock(void **state)
{
    (void)state;
    wr(CM7, RCC + CFGR, 2);
    assert_note("rcc.sw-not-ready");
    pass(VT_MS);
    assert_int_equal(rd(CM7, RCC + CFGR), 2); /* SWS still HSI */
    assert_int_equal(hz(CLK_SYS), 64000000);
    set(CR, BIT(18));
    set(CR, BIT(16));
    pass(VT_MS);
    assert_int_equal(rd(CM7, RCC + CFGR), 2 | 2 << 3);
    assert_int_equal(hz(CLK_SYS), 8000000);
}

static void test_system_clock_cannot_be_switched_off(void **state)
{
    (void)state;
    switch_to_400();
    clr(CR, BIT(24));
    assert_note("rcc.off-refused");
    clr(CR, BIT(16));
    assert_true((cr() & 0x03030000) == 0x03030000);
    assert_int_equal(hz(CLK_SYS), 400000000);
}

static void test_limits_are_reported(void **state)
{
    (void)state;
    pll1_400();
    wr(CM7, RCC + CFGR, 3); /* HPRE = 1: HCLK 400 MHz */
    pass(VT_US);
    assert_note("rcc.too-fast");
    clear_notes();
    wr(CM7, RCC + D1CFGR, 0x8);
    assert_no_note(); /* slower: nothing to say; wait states are the flash's business */
}

static unsigned told;

static void on_change(void *arg)
{
    (void)arg;
    told++;
}

static void test_kernel_clocks(void **state)
{
    static const struct kernel_clock
        usart3 = {CCIP_D2_2, 0, 3, {CLK_PCLK1, CLK_PLL2Q, CLK_PLL3Q, CLK_HSI, CLK_CSI, CLK_LSE}},
        usart1 = {CCIP_D2_2, 3, 3, {CLK_PCLK2, CLK_PLL2Q, CLK_PLL3Q, CLK_HSI, CLK_CSI, CLK_LSE}},
        rng = {CCIP_D2_2, 8, 2, {CLK_HSI48, CLK_PLL1Q, CLK_LSE, CLK_LSI}};

    (void)state;
    rcc_on_change(fx.m.rcc, on_change, NULL);
    told = 0;
    assert_int_equal(rcc_kernel_hz(fx.m.rcc, &usart3), 64000000);
    wr(CM7, RCC + CCIP2, 5 | 4 << 3); /* LSE, CSI */
    assert_int_equal(told, 1);        /* although no frequency has changed */
    wr(CM7, RCC + CCIP2, 5 | 4 << 3);
    assert_int_equal(told, 1);
    assert_int_equal(rcc_kernel_hz(fx.m.rcc, &usart3), 0);
    set(CR, BIT(7));
    pass(VT_MS);
    assert_int_equal(rcc_kernel_hz(fx.m.rcc, &usart1), 4000000);
    wr(CM7, RCC + CCIP2, 3 | 3 << 3);
    assert_int_equal(rcc_kernel_hz(fx.m.rcc, &usart3), 64000000);
    assert_int_equal(rcc_kernel_hz(fx.m.rcc, &rng), 0);
    set(CR, BIT(12));
    pass(VT_MS);
    assert_int_equal(rcc_kernel_hz(fx.m.rcc, &rng), 48000000);
}

static void test_gcr_is_set_only_and_releases(void **state)
{
    (void)state;
    fx.options.optsr &= ~BIT(22); /* BCM4 = 0 */
    do_reset(RESET_POWER_ON);
    assert_true(fx.core[CM4].held);
    assert_false(cr() & BIT(15)); /* D2 has no clock */
    wr(CM7, RCC + GCR, BIT(3));
    assert_int_equal(fx.released[CM4], 1);
    assert_int_equal(fx.released[CM7], 0);
    assert_true(cr() & BIT(15));
    wr(CM7, RCC + GCR, 0);
    assert_int_equal(rd(CM7, RCC + GCR), BIT(3));
    wr(CM7, RCC + GCR, BIT(3));
    assert_int_equal(fx.released[CM4], 1);
    do_reset(RESET_SOFT_CM7);
    assert_int_equal(rd(CM7, RCC + GCR), 0);
}

static void test_d2ckrdy_follows_the_cm4(void **state)
{
    (void)state;
    assert_true(cr() & BIT(15));
    fx.core[CM4].power = POWER_DEEPSLEEP;
    rcc_power_changed(fx.m.rcc);
    assert_false(cr() & BIT(15));
    wr(CM7, RCC + APB1LENR, BIT(18)); /* CPU1 uses USART3: D2 runs for it */
    assert_true(cr() & BIT(15));
    wr(CM7, RCC + APB1LENR, 0);
    wr(CM7, RCC + AHB4ENR, BIT(25)); /* D3: does not matter */
    assert_false(cr() & BIT(15));
    fx.core[CM4].power = POWER_RUN;
    rcc_power_changed(fx.m.rcc);
    assert_true(cr() & BIT(15));
}

static void test_d1_stops_under_the_cm4(void **state)
{
    (void)state;
    wr(CM4, RCC + 0xD4, BIT(8)); /* FLASHEN */
    fx.core[CM7].power = POWER_DEEPSLEEP;
    rcc_power_changed(fx.m.rcc);
    assert_no_note();
    assert_true(rd(CM4, RCC) & BIT(14));
    wr(CM4, RCC + 0xD4, 0);
    rcc_power_changed(fx.m.rcc);
    assert_note("pwr.d1-stopped");
    assert_false(rd(CM4, RCC) & BIT(14));
}

static void test_system_stop(void **state)
{
    (void)state;
    switch_to_400();
    fx.core[CM4].power = POWER_DEEPSLEEP;
    rcc_power_changed(fx.m.rcc);
    assert_int_equal(hz(CLK_SYS), 400000000);
    fx.core[CM7].power = POWER_DEEPSLEEP;
    rcc_power_changed(fx.m.rcc);
    assert_true(rcc_in_system_stop(fx.m.rcc));
    fx.core[CM7].power = POWER_RUN;
    rcc_power_changed(fx.m.rcc);
    assert_false(rcc_in_system_stop(fx.m.rcc));
    assert_int_equal(hz(CLK_SYS), 64000000);
    assert_int_equal(cr() & 0x3F030000, 0);
    assert_int_equal(rd(CM7, RCC + CFGR), 0);
    assert_int_equal(pwr_vos(fx.m.pwr), 3);
    assert_true(rd(CM7, PWR + 0x10) & BIT(5)); /* STOPF */
    wr(CM7, PWR + 0x10, BIT(9));               /* CSSF */
    assert_int_equal(rd(CM7, PWR + 0x10), 0);
    assert_true(rd(CM7, PWR + 0x14) & BIT(5));
}

static void test_stop_forbidden_by_option(void **state)
{
    (void)state;
    fx.options.optsr &= ~BIT(24); /* NRST_STOP_D2 */
    fx.core[CM4].power = POWER_DEEPSLEEP;
    rcc_power_changed(fx.m.rcc);
    assert_int_equal(fx.reset, RESET_LOW_POWER2);
}

static void test_reset_flags(void **state)
{
    (void)state;
    static const struct {
        enum reset_cause cause;
        uint32_t flags;
    } t[] = {
        {RESET_PIN, 0},
        {RESET_BROWN_OUT, BIT(21)},
        {RESET_SOFT_CM7, BIT(24)},
        {RESET_SOFT_CM4, BIT(25)},
        {RESET_IWDG1, BIT(26)},
        {RESET_IWDG2, BIT(27)},
        {RESET_WWDG1, BIT(28)},
        {RESET_WWDG2, BIT(29)},
        {RESET_LOW_POWER1, BIT(30)},
        {RESET_LOW_POWER2, BIT(31)},
    };
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        wr(CM7, RCC + RSR, BIT(16));
        assert_int_equal(rd(CM7, RCC + RSR) & 0xFFFE0000, 0);
        wr(CM7, RCC + RSR, 0);
        do_reset(t[i].cause);
        assert_int_equal(rd(CM7, RCC + RSR), t[i].flags | 0x00460000); /* + PIN, C1, C2 */
    }
    /* The CM4 never cleared its own copy: everything is in there. */
    assert_int_equal(rd(CM4, RCC + RSR), 0xFFFE0000);
    assert_int_equal(rd(CM7, RCC + 0x190), 0xFFFE0000);
}

static void test_backup_domain(void **state)
{
    (void)state;
    wr(CM7, RCC + BDCR, 1);
    assert_note("rcc.bdcr-locked");
    assert_int_equal(rd(CM7, RCC + BDCR), 0);
    wr(CM7, PWR, BIT(8)); /* DBP */
    wr(CM7, RCC + BDCR, 1 | 1 << 8 | BIT(15));
    assert_int_equal(rd(CM7, RCC + BDCR), 1 | 1 << 8 | BIT(15));
    pass(VT_S);
    assert_true(rd(CM7, RCC + BDCR) & BIT(1)); /* LSERDY */
    wr(CM7, RCC + BDCR, 1 | 2 << 8);
    assert_note("rcc.rtcsel");
    do_reset(RESET_PIN); /* the backup domain does not notice */
    assert_int_equal(rd(CM7, RCC + BDCR), 1 | 2 | 1 << 8);
    assert_int_equal(hz(CLK_LSE), 32768);
}

static unsigned backup_resets;

static void count_backup_reset(void *arg)
{
    (void)arg;
    backup_resets++;
}

static void test_backup_reset(void **state)
{
    (void)state;
    backup_resets = 0;
    rcc_on_backup_reset(fx.m.rcc, count_backup_reset, NULL);
    wr(CM7, PWR, BIT(8));
    wr(CM7, RCC + BDCR, 1 | 1 << 8);
    wr(CM7, RCC + BDCR, BIT(16) | 1);
    assert_int_equal(backup_resets, 1);
    assert_int_equal(rd(CM7, RCC + BDCR), BIT(16));
    wr(CM7, RCC + BDCR, 0);
    wr(CM7, RCC + BDCR, 2 << 8); /* RTCSEL can be chosen again */
    assert_int_equal(rd(CM7, RCC + BDCR), 2 << 8);
}

static void test_ready_interrupt(void **state)
{
    (void)state;
    wr(CM7, RCC + 0x60, BIT(4)); /* CSIRDYIE */
    set(CR, BIT(7));
    pass(VT_MS);
    assert_true(fx.core[CM7].irq[5] && fx.core[CM4].irq[5]);
    assert_int_equal(rd(CM7, RCC + 0x64), BIT(4));
    wr(CM7, RCC + 0x68, BIT(4));
    assert_false(fx.core[CM7].irq[5]);
    assert_int_equal(rd(CM7, RCC + 0x64), 0);
}

static void test_clock_security(void **state)
{
    (void)state;
    switch_to_400();
    set(CR, BIT(19)); /* HSECSSON */
    clr(CR, BIT(19));
    assert_true(cr() & BIT(19)); /* stays until reset */
    rcc_hse_fail(fx.m.rcc);
    assert_int_equal(fx.core[CM7].nmis, 1);
    assert_int_equal(hz(CLK_SYS), 64000000);
    assert_int_equal(rd(CM7, RCC + CFGR), 0);
    assert_true(rd(CM7, RCC + 0x64) & BIT(10));
    wr(CM7, RCC + 0x68, BIT(10));
    assert_int_equal(rd(CM7, RCC + 0x64), 0);
}

static void test_narrow_access(void **state)
{
    (void)state;
    wr_sized(CM7, RCC + AHB4ENR + 3, 1, 0x02); /* HSEM, bit 25 */
    assert_int_equal(rd(CM7, RCC + AHB4ENR), BIT(25));
    assert_int_equal(rd_sized(CM7, RCC + AHB4ENR + 2, 2), 0x0200);
    assert_int_equal(rd(CM7, RCC + 0x3FC), 0); /* no register there */
}

static void test_system_reset_restores_clocks(void **state)
{
    (void)state;
    switch_to_400();
    wr(CM7, RCC + AHB1ENR, 3);
    do_reset(RESET_SOFT_CM4);
    assert_int_equal(cr(), 0x0000C025);
    assert_int_equal(hz(CLK_CPU1), 64000000);
    assert_int_equal(rd(CM7, RCC + AHB1ENR), 0);
    assert_int_equal(rd(CM7, RCC + CSR), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_state_after_reset),
        T(test_hse_needs_time),
        T(test_400_mhz),
        T(test_fraction),
        T(test_running_pll_refuses_changes),
        T(test_pll_out_of_range_never_locks),
        T(test_switch_waits_for_a_ready_clock),
        T(test_system_clock_cannot_be_switched_off),
        T(test_limits_are_reported),
        T(test_kernel_clocks),
        T(test_gcr_is_set_only_and_releases),
        T(test_d2ckrdy_follows_the_cm4),
        T(test_d1_stops_under_the_cm4),
        T(test_system_stop),
        T(test_stop_forbidden_by_option),
        T(test_reset_flags),
        T(test_backup_domain),
        T(test_backup_reset),
        T(test_ready_interrupt),
        T(test_clock_security),
        T(test_narrow_access),
        T(test_system_reset_restores_clocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
