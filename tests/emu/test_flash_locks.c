/* SPDX-License-Identifier: MIT */
/* RM0399, FLASH configuration protection: keys and locks. */
#include "tests/emu/flash_fixture.h"

static void reset_values(void **state)
{
    (void)state;
    assert_int_equal(reg_read(ACR), 0x37);
    assert_int_equal(reg_read(CR), 0x31);
    assert_int_equal(reg_read(BANK2 + CR), 0x31);
    assert_int_equal(reg_read(SR), 0);
    assert_int_equal(reg_read(OPTCR), 1);
    assert_int_equal(reg_read(CRCCR), 0x001C0000);
    assert_int_equal(reg_read(OPTSR_CUR), 0x1BC6AAF0);
    assert_int_equal(reg_read(BOOT7_CUR), 0x1FF00800);
    assert_int_equal(reg_read(BOOT4_CUR), 0x10000810);
    assert_int_equal(reg_read(WPSN_CUR), 0xFF);
    assert_int_equal(reg_read(PRAR_CUR), 0xFF);
    assert_int_equal(reg_read(SCAR_CUR), 0xFF);
    assert_int_equal(reg_read(KEYR), 0);
}

static void shared_registers_appear_at_both_offsets(void **state)
{
    (void)state;
    reg_write(BANK2 + ACR, 0x24);
    assert_int_equal(reg_read(ACR), 0x24);
    assert_int_equal(reg_read(BANK2 + OPTSR_CUR), reg_read(OPTSR_CUR));
    assert_int_equal(reg_read(BANK2 + BOOT4_PRG), reg_read(BOOT4_PRG));
    unlock_options();
    assert_int_equal(reg_read(BANK2 + OPTCR) & 1, 0);
}

static void keys_open_one_bank_only(void **state)
{
    (void)state;
    unlock(0);
    assert_true(flash_unlocked(fb.f, 0));
    assert_false(flash_unlocked(fb.f, 1));
    assert_true(reg_read(BANK2 + CR) & LOCK);
}

static void lock_state_is_common_to_both_cores(void **state)
{
    (void)state;
    assert_int_equal(reg_write_as(CM4, KEYR, 4, 0x45670123), BUS_OK);
    assert_int_equal(reg_write_as(CM4, KEYR, 4, 0xCDEF89AB), BUS_OK);
    assert_false(reg_read(CR) & LOCK);
}

static void stays_locked(uint32_t o)
{
    assert_true(reg_read(o + CR) & LOCK);
    assert_int_equal(reg_write(o + KEYR, 0x45670123), BUS_ERROR);
    assert_int_equal(reg_write(o + KEYR, 0xCDEF89AB), BUS_ERROR);
    assert_true(reg_read(o + CR) & LOCK);
    assert_true(fb_noted("flash.key"));
    fb_reset(false);
    unlock(o != 0); /* a system reset clears it */
}

static void wrong_first_key_locks_until_reset(void **state)
{
    (void)state;
    assert_int_equal(reg_write(KEYR, 0xCDEF89AB), BUS_ERROR);
    stays_locked(0);
}

static void wrong_second_key_locks_until_reset(void **state)
{
    (void)state;
    assert_int_equal(reg_write(BANK2 + KEYR, 0x45670123), BUS_OK);
    assert_int_equal(reg_write(BANK2 + KEYR, 0x45670123), BUS_ERROR);
    stays_locked(BANK2);
}

static void narrow_key_locks_until_reset(void **state)
{
    (void)state;
    assert_int_equal(reg_write_as(CM7, KEYR, 2, 0x0123), BUS_ERROR);
    stays_locked(0);
}

static void third_key_locks_until_reset(void **state)
{
    (void)state;
    unlock(0);
    assert_int_equal(reg_write(KEYR, 0x45670123), BUS_ERROR);
    stays_locked(0);
}

static void unlocking_twice_locks_until_reset(void **state)
{
    (void)state;
    unlock(1);
    assert_int_equal(reg_write(BANK2 + KEYR, 0x45670123), BUS_ERROR);
    assert_int_equal(reg_write(BANK2 + KEYR, 0xCDEF89AB), BUS_ERROR);
    stays_locked(BANK2);
}

static void write_between_keys_locks_until_reset(void **state)
{
    (void)state;
    assert_int_equal(reg_write(KEYR, 0x45670123), BUS_OK);
    assert_int_equal(reg_write(CCR, 0x10000), BUS_ERROR);
    stays_locked(0);
}

static void write_to_the_other_bank_between_keys_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(reg_write(KEYR, 0x45670123), BUS_OK);
    assert_int_equal(reg_write(BANK2 + CCR, 0x10000), BUS_OK);
    assert_int_equal(reg_write(KEYR, 0xCDEF89AB), BUS_OK);
    assert_false(reg_read(CR) & LOCK);
}

static void option_key_errors_lock_until_reset(void **state)
{
    (void)state;
    assert_int_equal(reg_write(OPTKEYR, 0x08192A3B), BUS_OK);
    assert_int_equal(reg_write(ACR, 0x37), BUS_ERROR); /* any other register */
    assert_int_equal(reg_write(OPTKEYR, 0x4C5D6E7F), BUS_ERROR);
    assert_true(reg_read(OPTCR) & 1);
    fb_reset(false);
    unlock_options();
    assert_int_equal(reg_write(OPTKEYR, 0x08192A3B), BUS_ERROR); /* unlocked twice */
    assert_true(reg_read(OPTCR) & 1);
    fb_reset(false);
    assert_int_equal(reg_write_as(CM7, BANK2 + OPTKEYR, 1, 0x3B), BUS_ERROR);
    fb_reset(false);
    assert_int_equal(reg_write(OPTKEYR, 0x45670123), BUS_ERROR);
}

static void locked_cr_ignores_writes(void **state)
{
    (void)state;
    assert_int_equal(reg_write(CR, 0x30 | PG), BUS_OK);
    assert_int_equal(reg_read(CR), 0x31);
    assert_true(fb_noted("flash.locked"));
    assert_int_equal(reg_write(CR, 0x31), BUS_OK); /* setting LOCK again is nothing */
    assert_int_equal(reg_write(CR, LOCK), BUS_OK); /* ... nor when the rest is written as 0 */
    assert_string_equal(fb.notes, "");
}

static void setting_lock_leaves_the_other_bits(void **state)
{
    (void)state;
    unlock(0);
    reg_write(CR, 0x20 | PG | 3 << 8);
    reg_write(CR, LOCK);
    assert_int_equal(reg_read(CR), 0x20 | PG | 3 << 8 | LOCK);
    unlock(0);
    assert_int_equal(reg_read(CR), 0x20 | PG | 3 << 8);
}

static void locked_option_registers_ignore_writes(void **state)
{
    (void)state;
    uint32_t old = reg_read(OPTSR_PRG);
    reg_write(OPTSR_PRG, old ^ BIT(22));
    assert_int_equal(reg_read(OPTSR_PRG), old);
    assert_true(fb_noted("flash.locked"));
    reg_write(BANK2 + WPSN_PRG, 0);
    assert_int_equal(reg_read(BANK2 + WPSN_PRG), 0xFF);
    reg_write(OPTCR, 2);
    assert_int_equal(reg_read(OPTSR_CUR) & 1, 0);
}

static void system_reset_closes_locks_and_clears_cr(void **state)
{
    (void)state;
    unlock(0);
    unlock_options();
    reg_write(CR, PG);
    reg_write(OPTSR_PRG, reg_read(OPTSR_PRG) & ~BIT(22));
    fb_reset(false);
    assert_int_equal(reg_read(CR), 0x31);
    assert_int_equal(reg_read(OPTCR), 1);
    assert_false(reg_read(OPTSR_PRG) & BIT(22)); /* option registers keep their values */
    power_cycle();
    assert_true(reg_read(OPTSR_PRG) & BIT(22)); /* loaded again */
}

static void narrow_register_writes_touch_their_bytes_only(void **state)
{
    (void)state;
    unlock(0);
    reg_write_as(CM7, CR + 2, 1, 0x01); /* EOPIE */
    assert_int_equal(reg_read(CR), 0x10030);
    reg_write_as(CM7, CR, 1, PG);
    assert_int_equal(reg_read(CR), 0x10000 | PG);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fb_setup, fb_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(reset_values),
        T(shared_registers_appear_at_both_offsets),
        T(keys_open_one_bank_only),
        T(lock_state_is_common_to_both_cores),
        T(wrong_first_key_locks_until_reset),
        T(wrong_second_key_locks_until_reset),
        T(narrow_key_locks_until_reset),
        T(third_key_locks_until_reset),
        T(unlocking_twice_locks_until_reset),
        T(write_between_keys_locks_until_reset),
        T(write_to_the_other_bank_between_keys_is_allowed),
        T(option_key_errors_lock_until_reset),
        T(locked_cr_ignores_writes),
        T(setting_lock_leaves_the_other_bits),
        T(locked_option_registers_ignore_writes),
        T(system_reset_closes_locks_and_clears_cr),
        T(narrow_register_writes_touch_their_bytes_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
