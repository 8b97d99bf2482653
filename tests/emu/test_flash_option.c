/* SPDX-License-Identifier: MIT */
/* RM0399, FLASH option bytes and protection mechanisms. */
#include "tests/emu/flash_fixture.h"

#define OPT_BUSY     BIT(0)
#define OPTCHANGEERR BIT(30)
#define SWAP         BIT(31)
#define BCM4         BIT(22)

static void change_acts_without_reset(void **state)
{
    (void)state;
    change_option(WPSN_PRG, 0xFB);
    assert_int_equal(reg_read(WPSN_CUR), 0xFB);
    assert_int_equal(reg_read(OPTSR_CUR) & (OPT_BUSY | OPTCHANGEERR), 0);
    assert_int_equal(flash_options(fb.f)->wpsn[0], 0xFB);
    assert_true(reg_read(SR) & EOP);
}

static void unchanged_options_are_not_programmed(void **state)
{
    (void)state;
    unlock_options();
    reg_write(OPTCR, 2);
    assert_int_equal(reg_read(OPTSR_CUR) & OPT_BUSY, 0);
    assert_int_equal(reg_read(OPTCR) & 2, 0);
}

static void register_writes_wait_for_the_change(void **state)
{
    (void)state;
    unlock_options();
    reg_write(OPTSR_PRG, reg_read(OPTSR_PRG) & ~BCM4);
    reg_write(OPTCR, 2);
    assert_true(reg_read(OPTSR_CUR) & OPT_BUSY);
    assert_true(reg_read(OPTSR_CUR) & BCM4); /* not yet */
    assert_int_equal(reg_write(ACR, 0x37), BUS_STALL);
    assert_int_equal(store32(B2, 0), BUS_STALL);
    uint32_t v;
    assert_int_equal(load32(B1, &v), BUS_STALL); /* option bytes are cells of bank 1 */
    assert_int_equal(load32(B2, &v), BUS_OK);
    assert_true(reg_read(SR) & BSY);
    fb_wait(VT_S);
    assert_int_equal(reg_write(ACR, 0x37), BUS_OK);
    assert_int_equal(reg_read(OPTSR_CUR) & (OPT_BUSY | BCM4), 0);
}

static void change_waits_for_running_operations(void **state)
{
    (void)state;
    unlock(1);
    reg_write(BANK2 + CR, PSIZE64 | SER | START);
    unlock_options();
    reg_write(WPSN_PRG, 0xFE);
    reg_write(OPTCR, 2);
    assert_true(reg_read(OPTSR_CUR) & OPT_BUSY);
    fb_wait(1050 * VT_MS);
    assert_int_equal(reg_read(WPSN_CUR), 0xFF);
    fb_wait(100 * VT_MS);
    assert_int_equal(reg_read(WPSN_CUR), 0xFE);
}

static void reset_during_a_change_keeps_the_old_set(void **state)
{
    (void)state;
    unlock_options();
    reg_write(OPTSR_PRG, reg_read(OPTSR_PRG) & ~BCM4);
    reg_write(OPTCR, 2);
    fb_wait(10 * VT_MS);
    fb_reset(false);
    fb_wait(VT_S);
    assert_true(reg_read(OPTSR_CUR) & BCM4);
    power_cycle();
    assert_true(reg_read(OPTSR_CUR) & BCM4);
}

/* BOOT4 = 0x0820 is in force, and the power goes in a change to 0x0830: what the part starts with.
 */
static uint32_t after_a_cut_change(enum cut_outcome outcome)
{
    change_option(BOOT4_PRG, 0x10000820);
    unlock_options();
    reg_write(BOOT4_PRG, 0x10000830);
    reg_write(OPTCR, 2);
    fb_wait(10 * VT_MS);
    flash_power_cut(fb.f, outcome);
    fb_reset(true);
    return reg_read(BOOT4_CUR) & 0xFFFF;
}

static void power_cut_during_a_change_leaves_old_new_or_factory_options(void **state)
{
    (void)state;
    assert_int_equal(after_a_cut_change(CUT_UNTOUCHED), 0x820);
    assert_int_equal(after_a_cut_change(CUT_COMPLETE), 0x830);
    assert_int_equal(after_a_cut_change(CUT_FACTORY), 0x810);
    assert_int_equal(after_a_cut_change(CUT_DOUBLE), 0x810);
}

static void power_cut_at_random_finds_all_three(void **state)
{
    unsigned seen = 0;

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        seen |= 1u << (after_a_cut_change(CUT_RANDOM) >> 4 & 3);
    }
    assert_int_equal(seen, 1u << 1 | 1u << 2 | 1u << 3);
}

/* A cut may lose the options, but not take the read protection off. */
static void power_cut_keeps_the_read_protection(void **state)
{
    (void)state;
    change_option(OPTSR_PRG, optsr_rdp(0x55));
    (void)after_a_cut_change(CUT_FACTORY);
    assert_int_equal(reg_read(OPTSR_CUR) >> 8 & 0xFF, 0x55);
}

static void change_is_an_operation_that_is_counted_and_cut(void **state)
{
    const uint64_t before = flash_ops(fb.f);

    (void)state;
    flash_cut_at_op(fb.f, before + 1, CUT_COMPLETE);
    unlock_options();
    reg_write(OPTSR_PRG, reg_read(OPTSR_PRG) | SWAP);
    reg_write(OPTCR, 2);
    fb_wait(49 * VT_MS);
    assert_int_equal(flash_ops(fb.f), before + 1);
    assert_true(fb.last_op.options);
    assert_false(fb.power_cut);
    fb_wait(2 * VT_MS);
    assert_true(fb.power_cut);
    fb_reset(true);
    assert_true(flash_swapped(fb.f));
}

static void reserved_bits_are_kept(void **state)
{
    (void)state;
    change_option(OPTSR_PRG, 0x0000AA00 | SWAP);
    assert_int_equal(reg_read(OPTSR_CUR), 0x1800AA00 | SWAP);
}

static void swap_acts_at_the_next_system_reset_only(void **state)
{
    (void)state;
    program(B1, 0x100);
    program(B2, 0x200);
    change_option(OPTSR_PRG, reg_read(OPTSR_PRG) | SWAP);
    assert_true(reg_read(OPTSR_CUR) & SWAP);
    assert_false(reg_read(OPTCR) & SWAP);
    assert_int_equal(value_at(B1), 0x100);
    fb_reset(false);
    assert_true(reg_read(OPTCR) & SWAP);
    assert_true(flash_swapped(fb.f));
    assert_int_equal(value_at(B1), 0x200);
    assert_int_equal(value_at(B2), 0x100);
    assert_int_equal(*(const uint32_t *)(const void *)fb.m.bus.mems[0].host, 0x200);
    change_option(OPTSR_PRG, reg_read(OPTSR_PRG) & ~SWAP);
    fb_reset(false);
    assert_int_equal(value_at(B1), 0x100);
}

static void register_sets_follow_the_swap(void **state)
{
    (void)state;
    change_option(WPSN_PRG, 0xFE); /* sector 0 of physical bank 1 */
    change_option(OPTSR_PRG, reg_read(OPTSR_PRG) | SWAP);
    fb_reset(false);
    assert_int_equal(reg_read(WPSN_CUR), 0xFF);
    assert_int_equal(reg_read(BANK2 + WPSN_CUR), 0xFE);
    program(B1 + 64, 0x33); /* CR1 and SR1 work on what is at 0x08000000: physical bank 2 */
    assert_true(reg_read(SR) & EOP);
    assert_int_equal(reg_read(BANK2 + SR), 0);
    program(B2 + 64, 0x44);
    assert_true(reg_read(BANK2 + SR) & WRPERR);
}

static void operations_and_cuts_work_swapped(void **state)
{
    (void)state;
    change_option(OPTSR_PRG, reg_read(OPTSR_PRG) | SWAP);
    fb_reset(false);
    program(B1 + 0x20000, 0x1234);
    flash_damage(fb.f, B1 + 0x20000, CUT_DOUBLE);
    assert_int_equal(flash_word(fb.f, B1 + 0x20000), FW_DOUBLE);
    assert_int_equal(flash_word(fb.f, B2 + 0x20000), FW_ERASED);
    erase(0, 1);
    assert_int_equal(flash_word(fb.f, B1 + 0x20000), FW_ERASED);
}

/* ---- protection ---- */

static void write_protected_sector_refuses_program_and_erase(void **state)
{
    (void)state;
    program(B1 + 0x40000, 7);
    change_option(WPSN_PRG, 0xFB);
    reg_write(CCR, 0xFFFFFFFF);
    program(B1 + 0x40020, 8);
    assert_int_equal(reg_read(SR), WRPERR); /* and no EOP */
    assert_int_equal(flash_word(fb.f, B1 + 0x40020), FW_ERASED);
    erase(0, 2);
    assert_int_equal(value_at(B1 + 0x40000), 7);
    program(B1 + 0x20, 9); /* WRPERR blocks nothing */
    assert_int_equal(value_at(B1 + 0x20), 9);
    assert_int_equal(reg_read(SR), WRPERR | EOP);
    assert_true(fb_noted("flash.write-protected"));
}

static void bank_erase_is_refused_when_one_sector_is_protected(void **state)
{
    (void)state;
    program(B2, 7);
    change_option(BANK2 + WPSN_PRG, 0x7F);
    reg_write(BANK2 + CR, PSIZE64 | BER | START);
    fb_wait(10 * VT_S);
    assert_true(reg_read(BANK2 + SR) & WRPERR);
    assert_int_equal(value_at(B2), 7);
}

static void bank_erase_with_protection_removal_is_reported(void **state)
{
    (void)state;
    change_option(WPSN_PRG, 0x7F);
    reg_write(WPSN_PRG, 0xFF);
    unlock(0);
    reg_write(CR, PSIZE64 | BER | START);
    assert_true(reg_read(SR) & WRPERR);
    assert_true(fb_noted("flash.erase-with-removal"));
}

static void protection_is_checked_at_the_output_of_the_queue(void **state)
{
    (void)state;
    change_option(WPSN_PRG, 0xFE);
    unlock(0);
    reg_write(CCR, 0xFFFFFFFF);
    reg_write(CR, PSIZE64 | PG);
    store_word(B1 + 0x20000, 1); /* runs */
    store_word(B1, 2);           /* accepted, waits */
    assert_int_equal(reg_read(SR), QW | BSY);
    fb_wait(101 * VT_US);
    assert_int_equal(reg_read(SR), WRPERR | EOP);
}

static void pcrop_reads_zero_with_rdperr_but_executes(void **state)
{
    (void)state;
    program(B1 + 0x21000, 0x77);
    program(B1 + 0x21200, 0x88);
    change_option(PRAR_PRG, 0x02110210); /* 0x21000..0x211FF */
    reg_write(CCR, 0xFFFFFFFF);
    uint32_t v = 1;
    assert_int_equal(load32(B1 + 0x21000, &v), BUS_OK);
    assert_int_equal(v, 0);
    assert_int_equal(reg_read(SR), RDPERR);
    assert_int_equal(load_as(CM7, true, B1 + 0x21000, &v), BUS_OK);
    assert_int_equal(v, 0x77);
    assert_int_equal(load_as(CM4, true, B1 + 0x21000, &v), BUS_OK);
    assert_int_equal(v, 0);
    assert_int_equal(value_at(B1 + 0x21200), 0x88);
    assert_false(flash_direct(fb.f, B1 + 0x21000, 32));
    erase(0, 1); /* the sector it touches is protected whole */
    assert_true(reg_read(SR) & WRPERR);
    assert_int_equal(value_at(B1 + 0x21200), 0x88);
}

static void pcrop_may_grow_not_shrink(void **state)
{
    (void)state;
    change_option(PRAR_PRG, 0x02010200);
    change_option(PRAR_PRG, 0x02030200);
    assert_int_equal(reg_read(PRAR_CUR), 0x02030200);
    change_option(PRAR_PRG, 0x02020200);
    assert_true(reg_read(OPTSR_CUR) & OPTCHANGEERR);
    assert_int_equal(reg_read(PRAR_CUR), 0x02030200);
    assert_int_equal(reg_read(PRAR_PRG), 0x02020200); /* _PRG keeps the rejected value */
}

static void only_the_cm7_changes_pcrop_and_secure_areas(void **state)
{
    (void)state;
    unlock_options();
    reg_write_as(CM4, PRAR_PRG, 4, 0x02010200);
    reg_write_as(CM4, SCAR_PRG, 4, 0x02010200);
    assert_int_equal(reg_read(PRAR_PRG), 0xFF);
    assert_int_equal(reg_read(SCAR_PRG), 0xFF);
    assert_true(fb_noted("flash.cm7-only"));
    reg_write_as(CM4, WPSN_PRG, 4, 0xFE);
    assert_int_equal(reg_read(WPSN_PRG), 0xFE);
}

static void secure_area_reads_zero_and_fetch_faults(void **state)
{
    (void)state;
    program(B1 + 0x20000, 0x77);
    assert_true(flash_set_option(fb.f, "SCAR1", 0x02010200)); /* as secure firmware would have */
    assert_true(flash_set_option(fb.f, "SECURITY", 1));
    power_cycle();
    uint32_t v = 1;
    assert_int_equal(load32(B1 + 0x20000, &v), BUS_OK);
    assert_int_equal(v, 0);
    assert_int_equal(reg_read(SR), RDSERR);
    assert_int_equal(load_as(CM7, true, B1 + 0x20000, &v), BUS_ERROR);
    program(B1 + 0x20400, 1);
    assert_true(reg_read(SR) & WRPERR);
}

static void secure_area_cannot_be_changed_by_normal_code(void **state)
{
    (void)state;
    change_option(SCAR_PRG, 0x02010200);
    assert_true(reg_read(OPTSR_CUR) & OPTCHANGEERR);
    assert_int_equal(reg_read(SCAR_CUR), 0xFF);
}

static void optchangeerr_is_cleared_by_optccr_and_interrupts(void **state)
{
    (void)state;
    unlock_options();
    reg_write(OPTCR, BIT(30));
    reg_write(SCAR_PRG, 0x02010200);
    reg_write(OPTCR, BIT(30) | 2);
    assert_true(reg_read(OPTSR_CUR) & OPTCHANGEERR);
    assert_true(fb.irq);
    reg_write(OPTCCR, BIT(30));
    assert_false(reg_read(OPTSR_CUR) & OPTCHANGEERR);
    assert_false(fb.irq);
}

static void rdp1_with_intrusion_faults_reads_and_refuses_writes(void **state)
{
    (void)state;
    program(B1, 5);
    change_option(OPTSR_PRG, optsr_rdp(0x55));
    assert_int_equal(value_at(B1), 5); /* no intrusion yet */
    flash_set_debugger(fb.f, true);
    reg_write(CCR, 0xFFFFFFFF);
    uint32_t v;
    assert_int_equal(load32(B1, &v), BUS_ERROR);
    assert_int_equal(reg_read(SR), RDPERR);
    assert_false(flash_direct(fb.f, B1, 32));
    program(B1 + 64, 1);
    assert_int_equal(reg_read(SR), RDPERR | WRPERR);
    flash_set_debugger(fb.f, false);
    assert_int_equal(load32(B1, &v), BUS_ERROR); /* it has been connected */
    fb_reset(false);
    assert_int_equal(load32(B1, &v), BUS_OK);
}

static void rdp1_boot_from_ram_is_an_intrusion(void **state)
{
    (void)state;
    assert_true(flash_set_option(fb.f, "RDP", 0x55));
    assert_true(flash_set_option(fb.f, "BOOT_CM7_ADD0", 0x24000000));
    power_cycle();
    uint32_t v;
    assert_int_equal(load32(B1, &v), BUS_ERROR);
}

static void rdp_regression_erases_flash_and_backup_domain(void **state)
{
    (void)state;
    program(B1, 5);
    program(B2 + 0x40000, 6);
    flash_backup_area(fb.f)[7] = 0x99;
    change_option(WPSN_PRG, 0xFE); /* write protection does not save it */
    change_option(OPTSR_PRG, optsr_rdp(0x55));
    assert_int_equal(value_at(B1), 5);
    unlock_options();
    reg_write(OPTSR_PRG, optsr_rdp(0xAA));
    reg_write(OPTCR, 2);
    fb_wait(4 * VT_S);
    assert_true(reg_read(SR) & BSY);
    assert_true(reg_read(BANK2 + SR) & BSY);
    fb_wait(2 * VT_S);
    assert_int_equal(reg_read(OPTSR_CUR) & 0xFF01, 0xAA00);
    assert_int_equal(flash_word(fb.f, B1), FW_ERASED);
    assert_int_equal(flash_word(fb.f, B2 + 0x40000), FW_ERASED);
    assert_int_equal(flash_backup_area(fb.f)[7], 0);
}

static void regression_spares_pcrop_unless_dmep(void **state)
{
    (void)state;
    program(B1 + 0x20400, 5);
    program(B1, 6);
    change_option(PRAR_PRG, 0x02010200);
    change_option(OPTSR_PRG, optsr_rdp(0x55));
    change_option(OPTSR_PRG, optsr_rdp(0xAA));
    assert_int_equal(flash_word(fb.f, B1), FW_ERASED);
    assert_int_equal(value_at(B1 + 0x20400), 5);
    change_option(OPTSR_PRG, optsr_rdp(0x55));
    unlock_options();
    reg_write(PRAR_PRG, 0x800000FF); /* area gone, DMEP set */
    change_option(OPTSR_PRG, optsr_rdp(0xAA));
    assert_int_equal(reg_read(OPTSR_CUR) & OPTCHANGEERR, 0);
    assert_int_equal(reg_read(PRAR_CUR), 0x800000FF);
    assert_int_equal(flash_word(fb.f, B1 + 0x20400), FW_ERASED);
}

static void power_cut_in_a_regression_keeps_rdp_and_tears_flash(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 64; i++) {
        program(B1 + 32 * i, i);
    }
    change_option(OPTSR_PRG, optsr_rdp(0x55));
    unlock_options();
    reg_write(OPTSR_PRG, optsr_rdp(0xAA));
    reg_write(OPTCR, 2);
    fb_wait(VT_S);
    flash_power_cut(fb.f, CUT_TORN_ERASE);
    fb_reset(true);
    assert_int_equal(reg_read(OPTSR_CUR) & 0xFF00, 0x5500);
    unsigned torn = 0;
    for (unsigned i = 0; i < 64; i++) {
        torn += flash_word(fb.f, B1 + 32 * i) != FW_VALID;
    }
    assert_true(torn > 0);
}

static void rdp2_allows_swap_only(void **state)
{
    (void)state;
    change_option(OPTSR_PRG, optsr_rdp(0xCC));
    assert_int_equal(reg_read(OPTSR_CUR) & 0xFF00, 0xCC00);
    change_option(WPSN_PRG, 0xFE);
    assert_true(reg_read(OPTSR_CUR) & OPTCHANGEERR);
    reg_write(OPTCCR, BIT(30));
    reg_write(WPSN_PRG, 0xFF);
    change_option(OPTSR_PRG, optsr_rdp(0xAA));
    assert_true(reg_read(OPTSR_CUR) & OPTCHANGEERR);
    assert_int_equal(reg_read(OPTSR_CUR) & 0xFF00, 0xCC00);
    reg_write(OPTCCR, BIT(30));
    change_option(OPTSR_PRG, optsr_rdp(0xCC) | SWAP);
    assert_int_equal(reg_read(OPTSR_CUR) & (SWAP | OPTCHANGEERR), SWAP);
}

static void probe_options_act_at_the_next_power_on(void **state)
{
    (void)state;
    assert_true(flash_set_option(fb.f, "BCM4", 0));
    assert_true(flash_set_option(fb.f, "BOOT_CM4_ADD0", 0x0812));
    assert_true(flash_options(fb.f)->optsr & BCM4);
    fb_reset(false);
    assert_true(flash_options(fb.f)->optsr & BCM4);
    power_cycle();
    assert_false(flash_options(fb.f)->optsr & BCM4);
    assert_int_equal(reg_read(BOOT4_CUR), 0x10000812);
    assert_false(flash_set_option(fb.f, "BCM4", 2));
    assert_false(flash_set_option(fb.f, "BCM5", 0));
    assert_false(flash_set_option(fb.f, "BOOT_CM7_ADD0", 0x08001234));
}

#define T(name) cmocka_unit_test_setup_teardown(name, fb_setup, fb_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(change_acts_without_reset),
        T(unchanged_options_are_not_programmed),
        T(register_writes_wait_for_the_change),
        T(change_waits_for_running_operations),
        T(reset_during_a_change_keeps_the_old_set),
        T(power_cut_during_a_change_leaves_old_new_or_factory_options),
        T(power_cut_at_random_finds_all_three),
        T(power_cut_keeps_the_read_protection),
        T(change_is_an_operation_that_is_counted_and_cut),
        T(reserved_bits_are_kept),
        T(swap_acts_at_the_next_system_reset_only),
        T(register_sets_follow_the_swap),
        T(operations_and_cuts_work_swapped),
        T(write_protected_sector_refuses_program_and_erase),
        T(bank_erase_is_refused_when_one_sector_is_protected),
        T(bank_erase_with_protection_removal_is_reported),
        T(protection_is_checked_at_the_output_of_the_queue),
        T(pcrop_reads_zero_with_rdperr_but_executes),
        T(pcrop_may_grow_not_shrink),
        T(only_the_cm7_changes_pcrop_and_secure_areas),
        T(secure_area_reads_zero_and_fetch_faults),
        T(secure_area_cannot_be_changed_by_normal_code),
        T(optchangeerr_is_cleared_by_optccr_and_interrupts),
        T(rdp1_with_intrusion_faults_reads_and_refuses_writes),
        T(rdp1_boot_from_ram_is_an_intrusion),
        T(rdp_regression_erases_flash_and_backup_domain),
        T(regression_spares_pcrop_unless_dmep),
        T(power_cut_in_a_regression_keeps_rdp_and_tears_flash),
        T(rdp2_allows_swap_only),
        T(probe_options_act_at_the_next_power_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
