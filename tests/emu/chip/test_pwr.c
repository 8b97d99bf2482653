/* SPDX-License-Identifier: MIT */
/* PWR and SYSCFG (RM0399, power control; system configuration). */
#include "fixture.h"

#define PWR    0x58024800u
#define RCC    0x58024400u
#define SYSCFG 0x58000400u
enum {
    CR1 = 0x00,
    CSR1 = 0x04,
    CR2 = 0x08,
    CR3 = 0x0C,
    CPU1CR = 0x10,
    CPU2CR = 0x14,
    D3CR = 0x18,
    WKUPEPR = 0x28
};
enum {
    CFGR = 0x18,
    CCCSR = 0x20,
    PWRCR = 0x2C,
    UR0 = 0x300,
    UR1 = 0x304,
    UR2 = 0x308,
    UR3 = 0x30C
};

static void syscfg_on(void)
{
    wr(CM7, RCC + 0xF4, BIT(1));
    wr(CM4, RCC + 0xF4, BIT(1));
}

static void test_state_after_reset(void **state)
{
    (void)state;
    assert_int_equal(rd(CM7, PWR + CR1), 0xF000C000);
    assert_int_equal(rd(CM7, PWR + CSR1), 0x00004000); /* VOS3 in force */
    assert_int_equal(rd(CM7, PWR + CR3), 0x00000006);
    assert_int_equal(rd(CM7, PWR + D3CR), 0x00006000);
    assert_false(pwr_supply_done(fx.m.pwr));
}

static void test_supply_is_write_once(void **state)
{
    (void)state;
    wr(CM7, PWR + CR3, 0x04);
    assert_true(pwr_supply_done(fx.m.pwr));
    assert_int_equal(rd(CM7, PWR + CSR1), 0x00006000); /* ACTVOSRDY */
    wr(CM7, PWR + CR3, 0x04);                          /* the same again is no error */
    assert_no_note();
    wr(CM7, PWR + CR3, 0x02);
    assert_note("pwr.supply-again");
    assert_int_equal(rd(CM7, PWR + CR3), 0x04);
    do_reset(RESET_SOFT_CM7);
    assert_int_equal(rd(CM7, PWR + CSR1), 0x00006000);
    assert_int_equal(rd(CM7, PWR + CR3), 0x04);
    wr(CM7, PWR + CR3, 0x06);
    assert_int_equal(rd(CM7, PWR + CR3), 0x04);
    do_reset(RESET_POWER_ON);
    assert_int_equal(rd(CM7, PWR + CR3), 0x06);
    wr(CM7, PWR + CR3, 0x02);
    assert_int_equal(rd(CM7, PWR + CR3), 0x02);
}

static void test_illegal_supply_locks_the_default(void **state)
{
    (void)state;
    wr(CM7, PWR + CR3, 0x00);
    assert_note("pwr.supply-illegal");
    assert_int_equal(rd(CM7, PWR + CR3), 0x06);
    wr(CM7, PWR + CR3, 0x04); /* too late */
    assert_note("pwr.supply-again");
    assert_int_equal(rd(CM7, PWR + CR3), 0x06);
    pass(VT_S);
    assert_int_equal(rd(CM7, PWR + CSR1), 0x00004000); /* a wait for ACTVOSRDY never ends */
    do_reset(RESET_PIN);
    assert_int_equal(rd(CM7, PWR + CSR1), 0x00004000);
}

static void test_overdrive_needs_the_ldo(void **state)
{
    (void)state;
    syscfg_on();
    wr(CM7, PWR + CR3, 0x02);
    wr(CM7, SYSCFG + PWRCR, 1);
    assert_no_note();
    do_reset(RESET_POWER_ON);
    syscfg_on();
    wr(CM7, PWR + CR3, 0x04);
    wr(CM7, SYSCFG + PWRCR, 1);
    assert_note("pwr.overvoltage");
}

/* The other bytes of CR3 are no part of the supply. */
static void test_usb_supply_does_not_lock(void **state)
{
    (void)state;
    wr_sized(CM7, PWR + CR3 + 3, 1, 0x01); /* USB33DEN */
    assert_int_equal(rd(CM7, PWR + CR3), 0x05000006);
    assert_false(pwr_supply_done(fx.m.pwr));
}

static void test_legal_supplies(void **state)
{
    (void)state;
    static const uint8_t legal[] = {0x01, 0x02, 0x04, 0x16, 0x26, 0x1C, 0x2C, 0x1E, 0x2E};
    for (uint32_t s = 0; s < 0x40; s++) {
        bool ok = (s & 0xF) == 4 || memchr(legal, (int)s, sizeof(legal));
        do_reset(RESET_POWER_ON);
        wr(CM7, PWR + CR3, s);
        assert_int_equal(rd(CM7, PWR + CR3) & 0x3F, ok ? s : 0x06);
    }
}

static void test_voltage_scaling(void **state)
{
    (void)state;
    wr(CM7, PWR + CR3, 0x02);
    wr(CM7, PWR + D3CR, 0xC000);
    assert_false(rd(CM7, PWR + D3CR) & BIT(13));
    assert_int_equal(pwr_vos(fx.m.pwr), 3);
    pass(100 * VT_US);
    assert_int_equal(rd(CM7, PWR + D3CR), 0xE000);
    assert_int_equal(rd(CM7, PWR + CSR1), 0xE000);
    assert_int_equal(pwr_vos(fx.m.pwr), 1);
    syscfg_on();
    wr(CM7, SYSCFG + PWRCR, 1);
    assert_false(rd(CM7, PWR + D3CR) & BIT(13));
    pass(100 * VT_US);
    assert_true(rd(CM7, PWR + D3CR) & BIT(13));
    assert_int_equal(pwr_vos(fx.m.pwr), 0);
    assert_no_note();
}

static void test_run_star_is_reported(void **state)
{
    (void)state;
    wr(CM7, PWR + D3CR, 0x8000);
    assert_note("pwr.run-star");
    pass(VT_MS);
    assert_int_equal(pwr_vos(fx.m.pwr), 2);
}

static void test_dbp_and_regulator(void **state)
{
    (void)state;
    assert_false(pwr_backup_writable(fx.m.pwr));
    wr(CM7, PWR + CR1, BIT(8));
    assert_true(pwr_backup_writable(fx.m.pwr));
    assert_int_equal(rd(CM7, PWR + CR1), 0xF0000100); /* SVOS was written 0 */
    wr(CM7, PWR + CR2, 1);
    assert_int_equal(rd(CM7, PWR + CR2), 1 | BIT(16));
    do_reset(RESET_PIN);
    assert_false(pwr_backup_writable(fx.m.pwr));
}

static void test_standby_request(void **state)
{
    (void)state;
    wr(CM7, PWR + CPU1CR, 2);
    assert_false(pwr_standby(fx.m.pwr, 2));
    wr(CM4, PWR + CPU2CR, 2);
    assert_true(pwr_standby(fx.m.pwr, 2));
    fx.core[CM4].power = POWER_DEEPSLEEP;
    rcc_power_changed(fx.m.rcc);
    pass(VT_MS);
    assert_int_equal(fx.core[CM4].resets, 0);
    fx.core[CM4].power = POWER_RUN;
    rcc_power_changed(fx.m.rcc);
    pass(VT_US);
    assert_int_equal(fx.core[CM4].resets, 1);
    assert_int_equal(rd(CM7, PWR + CPU1CR) & 0x1E0, BIT(8)); /* SBF_D2, for both */
    assert_int_equal(rd(CM4, PWR + CPU2CR) & 0x1E0, BIT(8));
    assert_true(rd(CM7, 0x58024530) & BIT(20)); /* D2RSTF */
    wr(CM7, PWR + CPU1CR, 2 | BIT(9));          /* CSSF */
    assert_int_equal(rd(CM7, PWR + CPU1CR), 2);
    assert_int_equal(rd(CM4, PWR + CPU2CR) & 0x1E0, BIT(8));
}

/* Both cores in Stop and all three domains for Standby: a pin ends it, not an interrupt. */
static void test_standby_of_the_chip(void **state)
{
    (void)state;
    wr(CM7, PWR + CPU1CR, 7);
    wr(CM4, PWR + CPU2CR, 7);
    wr(CM7, PWR + WKUPEPR, BIT(3)); /* WKUP4: PC13, rising */
    fx.core[CM4].power = fx.core[CM7].power = POWER_DEEPSLEEP;
    rcc_power_changed(fx.m.rcc);
    assert_true(pwr_in_standby(fx.m.pwr));
    assert_true(pwr_holds(fx.m.pwr, CM7) && pwr_holds(fx.m.pwr, CM4));
    fx.reset = RESET_PIN;
    gpio_drive(fx.m.gpio, "PC1", 1); /* not enabled */
    pass(VT_MS);
    assert_int_equal(fx.reset, RESET_PIN);
    gpio_drive(fx.m.gpio, "PC13", 1);
    pass(VT_MS);
    assert_int_equal(fx.reset, RESET_STANDBY);
    do_reset(RESET_STANDBY);
    assert_false(pwr_in_standby(fx.m.pwr));
    assert_int_equal(rd(CM7, PWR + CPU1CR), BIT(6)); /* SBF */
    assert_int_equal(rd(CM7, PWR + 0x24), BIT(3));   /* which pin it was */
    wr(CM7, PWR + 0x20, BIT(3));
    assert_int_equal(rd(CM7, PWR + 0x24), 0);
    do_reset(RESET_PIN);
    assert_int_equal(rd(CM4, PWR + CPU2CR), BIT(6)); /* until CSSF */
}

static void test_wake_up_pins(void **state)
{
    (void)state;
    wr(CM7, PWR + WKUPEPR, BIT(0) | BIT(8));  /* PA0, falling */
    assert_int_equal(rd(CM7, PWR + 0x24), 1); /* it floats: low already */
    wr(CM7, PWR + 0x20, 1);
    assert_int_equal(fx.core[CM7].irq[149], 0);
    gpio_drive(fx.m.gpio, "PA0", 1);
    assert_int_equal(rd(CM7, PWR + 0x24), 0);
    gpio_drive(fx.m.gpio, "PA0", 0);
    assert_int_equal(rd(CM7, PWR + 0x24), 1);
    assert_int_equal(fx.core[CM7].irq[149], 1);
    assert_true(exti_wakes(fx.m.exti, CM7, 149));
    wr(CM7, 0x58000090, 0xFFFFFFFF & ~BIT(23)); /* C1IMR2: line 55 masked */
    assert_false(exti_wakes(fx.m.exti, CM7, 149));
    wr(CM7, PWR + 0x20, 1);
    wr(CM7, PWR + WKUPEPR, BIT(1) | BIT(9) | BIT(18)); /* PA2, falling, with its pull-up */
    assert_int_equal(rd(CM7, PWR + 0x24), 0);
}

static void test_hold(void **state)
{
    (void)state;
    wr(CM7, PWR + CPU1CR, BIT(10)); /* HOLD2 */
    assert_false(pwr_holds(fx.m.pwr, CM4));
    fx.core[CM4].power = fx.core[CM7].power = POWER_DEEPSLEEP;
    rcc_power_changed(fx.m.rcc);
    fx.core[CM4].power = POWER_RUN;
    rcc_power_changed(fx.m.rcc);
    assert_true(pwr_holds(fx.m.pwr, CM4));
    assert_false(pwr_holds(fx.m.pwr, CM7));
    assert_true(rd(CM7, PWR + CPU1CR) & BIT(4)); /* HOLD2F */
    assert_int_equal(fx.core[CM7].irq[148], 1);
    assert_true(exti_wakes(fx.m.exti, CM7, 148));
    wr(CM7, PWR + CPU1CR, 0);
    assert_false(pwr_holds(fx.m.pwr, CM4));
    wr(CM7, PWR + CPU1CR, BIT(9)); /* CSSF */
    assert_int_equal(fx.core[CM7].irq[148], 0);
}

static void test_run_d3_keeps_the_chip_running(void **state)
{
    (void)state;
    wr(CM7, PWR + CPU1CR, BIT(11));
    fx.core[CM4].power = fx.core[CM7].power = POWER_DEEPSLEEP;
    rcc_power_changed(fx.m.rcc);
    assert_false(rcc_in_system_stop(fx.m.rcc));
}

static void test_user_registers(void **state)
{
    (void)state;
    syscfg_on();
    assert_int_equal(rd(CM7, SYSCFG + UR0), 0x00AA0000);
    assert_int_equal(rd(CM7, SYSCFG + UR1), 0x00010001);
    assert_int_equal(rd(CM7, SYSCFG + UR2), 0x08000000);
    assert_int_equal(rd(CM7, SYSCFG + UR3), 0x08101FF0);
    assert_int_equal(rd(CM7, SYSCFG + 0x310), 0x00001000);
    assert_int_equal(rd(CM7, SYSCFG + 0x314), 0x00FF0000);
    assert_int_equal(rd(CM7, SYSCFG + 0x32C), 0x00010000); /* IWDG1M */
    assert_int_equal(rd(CM7, SYSCFG + 0x330), 0x00000001); /* IWDG2M */
    assert_int_equal(rd(CM7, SYSCFG + 0x100), 0x00010000); /* CM4PRESENT */
    assert_int_equal(rd(CM7, SYSCFG + 0x124), 3);
    assert_int_equal(rd(CM7, SYSCFG + CCCSR), BIT(8));
}

static void test_boot_options_act_at_reset(void **state)
{
    (void)state;
    syscfg_on();
    fx.options.optsr &= ~BIT(22);
    fx.options.boot4 = 0x10000812;
    assert_true(syscfg_core_boots(fx.m.syscfg, CM4));
    wr(CM7, RCC + 0x9C, BIT(1)); /* SYSCFGRST: not a system reset */
    wr(CM7, RCC + 0x9C, 0);
    assert_true(syscfg_core_boots(fx.m.syscfg, CM4));
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM4), 0x08100000);
    do_reset(RESET_PIN);
    assert_false(syscfg_core_boots(fx.m.syscfg, CM4));
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM4), 0x08120000);
}

static void test_boot_address_override(void **state)
{
    (void)state;
    syscfg_on();
    wr(CM7, SYSCFG + UR2, 0x0802FFFF);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM7), 0x08020000);
    assert_int_equal(rd(CM7, SYSCFG + UR2), 0x08020000); /* BORH is read only */
    wr(CM7, SYSCFG + UR3, 0x08121FF0);
    assert_note("syscfg.ur3");
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM4), 0x08120000);
    do_reset(RESET_SOFT_CM7);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM7), 0x08000000);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM4), 0x08100000);
}

static void test_ur3_as_the_manual_has_it(void **state)
{
    (void)state;
    fx.m.ur3_by_manual = true;
    do_reset(RESET_PIN);
    syscfg_on();
    assert_int_equal(rd(CM7, SYSCFG + UR3), 0x1FF00810);
    wr(CM7, SYSCFG + UR3, 0x30000812);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM4), 0x08120000);
    fx.m.boot_pin = true;
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM7), 0x00000000); /* no SRAM1 on this bench */
}

/* Code in the field sets the M4's address without SYSCFGEN, and it counts. */
static void test_syscfg_counts_without_its_clock(void **state)
{
    (void)state;
    wr(CM7, SYSCFG + UR3, 0x08181FF0);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM4), 0x08180000);
    clear_notes();
    assert_int_equal(rd(CM7, SYSCFG + UR3), 0x08181FF0);
    assert_note("bus.unclocked");
}

static void test_boot_modes_cannot_be_written(void **state)
{
    (void)state;
    syscfg_on();
    wr(CM7, SYSCFG + UR1, 0x00010001);
    assert_no_note();
    wr(CM7, SYSCFG + UR1, 0x00010000); /* as if that kept the M4 from booting */
    assert_note("syscfg.read-only");
    assert_int_equal(rd(CM7, SYSCFG + UR1), 0x00010001);
}

static void test_boot_pin_and_bad_addresses(void **state)
{
    (void)state;
    fx.m.boot_pin = true;
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM7), 0x1FF00000);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM4), 0x10000000);
    fx.options.boot7 = 0x50005000;
    fx.options.boot4 = 0x1FF02000; /* system memory is not the CM4's, DTCM neither */
    do_reset(RESET_PIN);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM7), 0x00000000);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM4), 0x10000000);
    fx.m.boot_pin = false;
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM7), 0x08000000);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM4), 0x08100000);
}

static void test_rdp2_boots_from_flash_only(void **state)
{
    (void)state;
    fx.options.optsr = (fx.options.optsr & 0xFFFF00FF) | 0xCC00;
    fx.m.boot_pin = true;
    do_reset(RESET_PIN);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM7), 0x08000000);
    assert_int_equal(syscfg_boot_addr(fx.m.syscfg, CM4), 0x08100000);
}

static void test_locks_are_set_only(void **state)
{
    (void)state;
    syscfg_on();
    wr(CM7, SYSCFG + CFGR, 0x41);
    wr(CM7, SYSCFG + CFGR, 0x04);
    assert_int_equal(rd(CM7, SYSCFG + CFGR), 0x45);
    do_reset(RESET_PIN);
    syscfg_on();
    assert_int_equal(rd(CM7, SYSCFG + CFGR), 0);
}

static void test_exti_port(void **state)
{
    (void)state;
    syscfg_on();
    wr(CM7, SYSCFG + 0x14, 2 << 4); /* EXTI13 = port C */
    assert_int_equal(syscfg_exti_port(fx.m.syscfg, 13), 2);
    assert_int_equal(syscfg_exti_port(fx.m.syscfg, 12), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_state_after_reset),
        T(test_supply_is_write_once),
        T(test_illegal_supply_locks_the_default),
        T(test_overdrive_needs_the_ldo),
        T(test_usb_supply_does_not_lock),
        T(test_legal_supplies),
        T(test_voltage_scaling),
        T(test_run_star_is_reported),
        T(test_dbp_and_regulator),
        T(test_standby_request),
        T(test_standby_of_the_chip),
        T(test_wake_up_pins),
        T(test_hold),
        T(test_run_d3_keeps_the_chip_running),
        T(test_user_registers),
        T(test_boot_options_act_at_reset),
        T(test_boot_address_override),
        T(test_ur3_as_the_manual_has_it),
        T(test_syscfg_counts_without_its_clock),
        T(test_boot_modes_cannot_be_written),
        T(test_boot_pin_and_bad_addresses),
        T(test_rdp2_boots_from_flash_only),
        T(test_locks_are_set_only),
        T(test_exti_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
