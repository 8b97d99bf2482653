/* SPDX-License-Identifier: MIT */
/* RM0399, FLASH erase operations: sector, bank and mass erase, and what waits behind them. */
#include "tests/emu/flash_fixture.h"

static void sector_erase_takes_its_sector_only(void **state)
{
    (void)state;
    program(B1 + 0x20000 - 32, 1);
    program(B1 + 0x20000, 2);
    program(B1 + 0x40000, 3);
    unlock(0);
    reg_write(CR, PSIZE64 | SER | 1 << 8 | START);
    assert_false(reg_read(CR) & START); /* clears itself */
    assert_int_equal(reg_read(SR) & (QW | BSY), QW | BSY);
    fb_wait(VT_S - VT_MS);
    assert_true(reg_read(SR) & QW);
    fb_wait(2 * VT_MS);
    assert_int_equal(reg_read(SR), EOP);
    assert_int_equal(value_at(B1 + 0x20000 - 32), 1);
    assert_int_equal(flash_word(fb.f, B1 + 0x20000), FW_ERASED);
    assert_int_equal(value_at(B1 + 0x40000), 3);
    assert_int_equal(flash_counts(fb.f).erases[0], 1);
}

static void bank_erase_overrides_sector_erase(void **state)
{
    (void)state;
    program(B2, 1);
    program(B2 + 0xE0000, 2);
    reg_write(BANK2 + CR, PSIZE64 | BER | SER | 7 << 8 | START);
    fb_wait(4900 * VT_MS);
    assert_true(reg_read(BANK2 + SR) & QW);
    fb_wait(200 * VT_MS);
    assert_int_equal(flash_word(fb.f, B2), FW_ERASED);
    assert_int_equal(flash_word(fb.f, B2 + 0xE0000), FW_ERASED);
    assert_int_equal(fb.last_op.len, 0x100000);
}

static void mass_erase_needs_all_three_locks_open(void **state)
{
    (void)state;
    unlock_options();
    unlock(0);
    reg_write(OPTCR, 0x10);
    assert_int_equal(reg_read(SR) & QW, 0);
    assert_true(fb_noted("flash.locked"));
    program(B1, 1);
    program(B2, 2);
    reg_write(OPTCR, 0x10);
    assert_true(reg_read(SR) & BSY);
    assert_true(reg_read(BANK2 + SR) & BSY);
    assert_true(reg_read(CR) & BER);
    fb_wait(6 * VT_S);
    assert_int_equal(flash_word(fb.f, B1), FW_ERASED);
    assert_int_equal(flash_word(fb.f, B2), FW_ERASED);
}

static void start_without_kind_does_nothing(void **state)
{
    (void)state;
    ready(0, START);
    assert_int_equal(reg_read(SR), 0);
    assert_true(fb_noted("flash.start"));
}

static void queued_program_goes_before_a_queued_erase(void **state)
{
    (void)state;
    ready(0, SER | 2 << 8 | START); /* runs */
    ready(0, SER | 3 << 8 | START); /* waits */
    ready(0, PG);
    store_word(B1 + 0x60000, 7); /* waits, in sector 3 */
    fb_wait(1001 * VT_MS);
    assert_int_equal(fb.last_op.erase, true);
    assert_int_equal(fb.last_op.addr, B1 + 0x60000); /* program is over, erase of sector 3 runs */
    assert_int_equal(fb.ops_done, 2);
    assert_int_equal(fb.ops_begun, 3);
    fb_wait(VT_S);
    assert_int_equal(flash_word(fb.f, B1 + 0x60000), FW_ERASED);
}

static void two_erases_wait_a_further_one_stalls(void **state)
{
    (void)state;
    for (uint32_t s = 0; s < 3; s++) {
        ready(0, SER | s << 8 | START);
    }
    assert_int_equal(reg_write(CR, PSIZE64 | SER | 4 << 8 | START), BUS_STALL);
    fb_wait(1001 * VT_MS);
    assert_int_equal(reg_write(CR, PSIZE64 | SER | 4 << 8 | START), BUS_OK);
    fb_wait(3 * VT_S);
    assert_int_equal(flash_counts(fb.f).erases[0], 4);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fb_setup, fb_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(sector_erase_takes_its_sector_only),        T(bank_erase_overrides_sector_erase),
        T(mass_erase_needs_all_three_locks_open),     T(start_without_kind_does_nothing),
        T(queued_program_goes_before_a_queued_erase), T(two_erases_wait_a_further_one_stalls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
