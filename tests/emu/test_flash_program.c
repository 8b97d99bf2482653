/* SPDX-License-Identifier: MIT */
/* RM0399, FLASH program operations: buffers, queue, times, error flags, interrupts; busy banks. */
#include "tests/emu/flash_fixture.h"

static void erased_word_reads_ones_without_error(void **state)
{
    (void)state;
    assert_int_equal(value_at(B1 + 0x20000), 0xFFFFFFFF);
    assert_int_equal(flash_word(fb.f, B1 + 0x20000), FW_ERASED);
    assert_int_equal(reg_read(SR), 0);
}

static void full_buffer_raises_qw_and_bsy_for_the_program_time(void **state)
{
    (void)state;
    ready(0, PG);
    for (unsigned i = 0; i < 28; i += 4) {
        assert_int_equal(store32(B1 + i, i), BUS_OK);
    }
    assert_int_equal(reg_read(SR), WBNE);
    store32(B1 + 28, 28);
    assert_int_equal(reg_read(SR), QW | BSY);
    fb_wait(99 * VT_US);
    assert_int_equal(reg_read(SR), QW | BSY);
    fb_wait(2 * VT_US);
    assert_int_equal(reg_read(SR), EOP);
    assert_int_equal(value_at(B1 + 28), 28);
    assert_int_equal(flash_word(fb.f, B1), FW_VALID);
    assert_true(reg_read(CR) & PG); /* does not clear by itself */
}

static vtime_t time_of(uint32_t o)
{
    vtime_t from = fb.m.now;

    while (reg_read(o + SR) & QW) {
        fb_wait(VT_US);
    }
    return fb.m.now - from;
}

static void times_follow_psize(void **state)
{
    (void)state;
    static const vtime_t us[4] = {290, 180, 130, 100}, ms[4] = {2000, 1800, 1100, 1000};
    for (uint32_t p = 0; p < 4; p++) {
        unlock(1);
        reg_write(BANK2 + CR, p << 4 | PG);
        store_word(B2 + 32 * p, p);
        assert_int_equal(time_of(BANK2), us[p] * VT_US);
        reg_write(BANK2 + CR, p << 4 | SER | 3 << 8 | START);
        assert_int_equal(time_of(BANK2), ms[p] * VT_MS);
    }
    flash_set_max_times(fb.f, true);
    ready(1, PG);
    store_word(B2 + 0x1000, 1);
    assert_int_equal(time_of(BANK2), 200 * VT_US);
}

static void buffer_takes_bytes_and_halfwords(void **state)
{
    (void)state;
    ready(0, PG);
    for (unsigned i = 0; i < 16; i++) {
        assert_int_equal(store_as(CM7, B1 + 64 + i, 1, i), BUS_OK);
    }
    for (unsigned i = 16; i < 32; i += 2) {
        assert_int_equal(store_as(CM7, B1 + 64 + i, 2, 0x1100 + i), BUS_OK);
    }
    fb_wait(VT_MS);
    assert_int_equal(value_at(B1 + 64), 0x03020100);
    assert_int_equal(value_at(B1 + 80), 0x11121110);
}

static void two_programs_are_taken_the_third_stalls(void **state)
{
    (void)state;
    ready(0, PG);
    store_word(B1, 1);
    store_word(B1 + 32, 2);
    assert_int_equal(store32(B1 + 64, 3), BUS_STALL);
    fb.changed = 0;
    fb_wait(101 * VT_US);
    assert_true(fb.changed > 0); /* a stalled core is told to try again */
    assert_int_equal(store32(B1 + 64, 3), BUS_OK);
    assert_int_equal(reg_read(SR) & (QW | BSY | WBNE), QW | BSY | WBNE);
    fb_wait(100 * VT_US);
    assert_int_equal(reg_read(SR) & (QW | BSY), 0);
    assert_int_equal(value_at(B1 + 32), 2);
    assert_int_equal(fb.ops_done, 2);
}

static void banks_work_at_the_same_time(void **state)
{
    (void)state;
    ready(0, PG);
    ready(1, PG);
    store_word(B1, 1);
    store_word(B2, 2);
    fb_wait(101 * VT_US);
    assert_int_equal(fb.ops_done, 2);
    assert_int_equal(flash_counts(fb.f).programs[0], 1);
    assert_int_equal(flash_counts(fb.f).programs[1], 1);
    assert_int_equal(flash_counts(fb.f).work[0], 100 * VT_US);
    assert_int_equal(flash_counts(fb.f).work[1], 100 * VT_US);
}

static void fw_programs_a_partial_word_with_ones(void **state)
{
    (void)state;
    ready(0, PG);
    store32(B1 + 4, 0x12345678);
    reg_write(CR, PSIZE64 | PG | FW);
    assert_false(reg_read(CR) & FW);
    assert_int_equal(reg_read(SR), QW | BSY);
    fb_wait(VT_MS);
    assert_int_equal(value_at(B1), 0xFFFFFFFF);
    assert_int_equal(value_at(B1 + 4), 0x12345678);
}

static void fw_with_an_empty_buffer_does_nothing(void **state)
{
    (void)state;
    ready(0, PG | FW);
    assert_int_equal(reg_read(SR), 0);
    assert_int_equal(flash_ops(fb.f), 0);
}

static void clearing_pg_drops_the_buffer(void **state)
{
    (void)state;
    ready(0, PG);
    store32(B1, 1);
    ready(0, 0);
    assert_int_equal(reg_read(SR), 0);
    assert_true(fb_noted("flash.incomplete"));
}

static void a_reset_drops_the_buffer(void **state)
{
    (void)state;
    ready(0, PG);
    store32(B1, 1);
    fb_reset(false);
    assert_true(fb_noted("flash.incomplete"));
    assert_int_equal(flash_ops(fb.f), 0);
    ready(0, PG);
    store_word(B1, 7); /* the buffer is empty: no INCERR, no STRBERR */
    fb_wait(VT_MS);
    assert_int_equal(reg_read(SR) & ERRORS, 0);
}

static void store_without_pg_sets_pgserr_and_blocks(void **state)
{
    (void)state;
    assert_int_equal(store32(B1, 0), BUS_OK); /* no bus error */
    assert_int_equal(reg_read(SR), PGSERR);
    assert_true(fb_noted("flash.pg-not-set"));
    ready(0, PG);
    store_word(B1, 0);
    assert_int_equal(reg_read(SR), PGSERR);
    assert_true(fb_noted("flash.pgserr-set"));
    fb_wait(VT_MS);
    assert_int_equal(flash_ops(fb.f), 0);
    reg_write(CCR, PGSERR);
    store_word(B1, 5);
    fb_wait(VT_MS);
    assert_int_equal(reg_read(SR), EOP);
    assert_int_equal(value_at(B1), 5);
}

static void pgserr_flushes_the_buffer(void **state)
{
    (void)state;
    ready(0, PG);
    store32(B1, 0);
    reg_write(CCR, ERRORS);
    ready(0, 0);
    store32(B1, 0);
    assert_int_equal(reg_read(SR), PGSERR);
}

static void flags_belong_to_the_bank_that_was_written(void **state)
{
    (void)state;
    store32(B2 + 0x40000, 0);
    assert_int_equal(reg_read(SR), 0);
    assert_int_equal(reg_read(BANK2 + SR), PGSERR);
}

static void other_word_before_the_buffer_is_full_sets_incerr(void **state)
{
    (void)state;
    ready(0, PG);
    store32(B1, 0);
    assert_int_equal(store32(B1 + 32, 0), BUS_OK);
    assert_int_equal(reg_read(SR), INCERR);
    assert_true(fb_noted("flash.inconsistent"));
}

static void other_master_before_the_buffer_is_full_sets_incerr(void **state)
{
    (void)state;
    ready(0, PG);
    store_as(CM7, B1, 4, 0);
    store_as(CM4, B1 + 4, 4, 0);
    assert_int_equal(reg_read(SR), INCERR);
}

static void incerr_makes_the_next_store_fail_with_pgserr(void **state)
{
    (void)state;
    other_word_before_the_buffer_is_full_sets_incerr(state);
    store32(B1, 0);
    assert_int_equal(reg_read(SR), INCERR | PGSERR);
    reg_write(CCR, INCERR | PGSERR);
    store_word(B1, 9);
    fb_wait(VT_MS);
    assert_int_equal(value_at(B1), 9);
}

static void same_byte_twice_sets_strberr_and_the_newer_wins(void **state)
{
    (void)state;
    ready(0, PG);
    store32(B1, 0x11111111);
    store32(B1, 0x22222222);
    assert_int_equal(reg_read(SR), STRBERR | WBNE);
    for (unsigned i = 4; i < 32; i += 4) {
        store32(B1 + i, 0);
    }
    fb_wait(VT_MS);
    assert_int_equal(reg_read(SR), STRBERR | EOP);
    assert_int_equal(value_at(B1), 0x22222222);
}

static void programming_ands_and_breaks_the_ecc(void **state)
{
    (void)state;
    program(B1, 0xF0F0F000);
    program(B1, 0x0F0F0F00);
    assert_true(fb_noted("flash.not-erased"));
    uint32_t v;
    flash_peek(fb.f, B1, &v, 4);
    if (flash_word(fb.f, B1) == FW_SINGLE) {
        assert_int_equal(__builtin_popcount(v) <= 1, 1);
    } else {
        assert_int_equal(flash_word(fb.f, B1), FW_DOUBLE);
    }
    assert_int_equal(v & 0xFFFF0000, 0);
    erase(0, 0);
    assert_int_equal(flash_word(fb.f, B1), FW_ERASED);
}

static void overwriting_with_other_data_is_mostly_uncorrectable(void **state)
{
    (void)state;
    unsigned bad = 0;
    for (uint32_t i = 0; i < 64; i++) {
        program(B1 + 32 * i, 0x01234567 * (i + 1));
        program(B1 + 32 * i, 0x89ABCDEF * (i + 3));
        bad += flash_word(fb.f, B1 + 32 * i) != FW_VALID;
    }
    assert_true(bad >= 60);
}

static void clearing_more_bits_breaks_the_ecc_too(void **state)
{
    (void)state;
    unsigned bad = 0;
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t addr = B1 + 32 * i, v;
        program(addr, 0xFFF0F0F0 - i * 0x1010);
        ready(0, PG);
        for (unsigned k = 0; k < 32; k += 4) { /* the data alone would be a legal step */
            flash_peek(fb.f, addr + k, &v, 4);
            store32(addr + k, v & 0x12345678u << i % 3);
        }
        fb_wait(VT_MS);
        bad += flash_word(fb.f, addr) != FW_VALID;
    }
    assert_true(bad >= 50);
}

static void overwriting_with_zeros_is_consistent(void **state)
{
    (void)state;
    program(B1, 0x12345678);
    ready(0, PG);
    for (unsigned i = 0; i < 32; i += 4) {
        store32(B1 + i, 0);
    }
    fb_wait(VT_MS);
    assert_int_equal(flash_word(fb.f, B1), FW_VALID);
    assert_int_equal(value_at(B1), 0);
}

static void programming_all_ones_uses_the_word_up(void **state)
{
    (void)state;
    ready(0, PG);
    for (unsigned i = 0; i < 32; i += 4) {
        store32(B1 + i, 0xFFFFFFFF);
    }
    fb_wait(VT_MS);
    assert_int_equal(value_at(B1), 0xFFFFFFFF);
    assert_int_equal(flash_word(fb.f, B1), FW_VALID); /* reads blank, is not erased */
    program(B1, 0x12345678);
    assert_true(fb_noted("flash.not-erased"));
}

static void read_of_a_busy_bank_stalls_the_other_bank_reads(void **state)
{
    (void)state;
    uint32_t v;
    program(B2, 0x55);
    ready(0, SER | 7 << 8 | START);
    assert_int_equal(load32(B1, &v), BUS_STALL);
    assert_int_equal(load_as(CM4, true, B1, &v), BUS_STALL);
    assert_int_equal(load_as(CM4, false, B2, &v), BUS_OK);
    assert_int_equal(v, 0x55);
    assert_false(flash_direct(fb.f, B1, 0x1000));
    assert_true(flash_direct(fb.f, B2, 0x1000));
    assert_int_equal(flash_busy_until(fb.f, B1 + 0x1234), fb.m.now + VT_S);
    assert_int_equal(flash_busy_until(fb.f, B2), VT_NEVER);
    fb_wait(VT_S);
    assert_int_equal(load32(B1, &v), BUS_OK);
    assert_true(flash_direct(fb.f, B1, 0x200000));
}

static void debugger_reads_a_busy_bank(void **state)
{
    (void)state;
    uint32_t v;
    program(B1, 0x77);
    ready(0, SER | START);
    assert_int_equal(load_as(MASTER_DEBUG, false, B1, &v), BUS_OK);
    assert_int_equal(v, 0x77);
}

static void eop_and_errors_interrupt_when_enabled(void **state)
{
    (void)state;
    ready(0, PG);
    store_word(B1, 1);
    fb_wait(VT_MS);
    assert_false(fb.irq); /* EOP without EOPIE */
    reg_write(CCR, EOP);
    ready(0, PG | EOP);
    store_word(B1 + 32, 1);
    fb_wait(VT_MS);
    assert_true(fb.irq);
    reg_write(CCR, EOP);
    assert_false(fb.irq);
    static const uint32_t each[] = {PGSERR, STRBERR, INCERR};
    for (unsigned i = 0; i < 3; i++) {
        ready(0, (each[i] == PGSERR ? 0 : PG) | each[i]);
        store32(B1 + 64, 0);
        store32(each[i] == STRBERR ? B1 + 64 : B1 + 96, 0);
        assert_true(reg_read(SR) & each[i]);
        assert_true(fb.irq);
        reg_write(CCR, ERRORS);
        assert_false(fb.irq);
        ready(0, 0);
    }
}

static void observers_see_begin_and_end(void **state)
{
    (void)state;
    ready(1, PG);
    for (unsigned i = 0; i < 32; i += 4) {
        store_as(CM4, B2 + 64 + i, 4, i);
    }
    assert_int_equal(fb.ops_begun, 1);
    assert_int_equal(fb.ops_done, 0);
    assert_int_equal(fb.last_op.bank, 1);
    assert_int_equal(fb.last_op.addr, B2 + 64);
    assert_int_equal(fb.last_op.core, CM4);
    assert_int_equal(fb.last_op.number, 1);
    fb_wait(VT_MS);
    assert_int_equal(fb.ops_done, 1);
}

static void psize_change_under_way_spoils_the_word(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (unsigned i = 0; i < 16; i++) {
        ready(0, PG);
        store_word(B1 + 32 * i, 0x1000 * i);
        reg_write(CR, PG);
        fb_wait(VT_MS);
        wrong += flash_word(fb.f, B1 + 32 * i) != FW_VALID;
    }
    assert_true(fb_noted("flash.spoiled"));
    assert_true(wrong > 0);
}

static void wrhighfreq_change_under_way_spoils(void **state)
{
    (void)state;
    ready(0, PG);
    store_word(B1, 1);
    reg_write(ACR, 0x27);
    assert_true(fb_noted("flash.spoiled"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, fb_setup, fb_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(erased_word_reads_ones_without_error),
        T(full_buffer_raises_qw_and_bsy_for_the_program_time),
        T(times_follow_psize),
        T(buffer_takes_bytes_and_halfwords),
        T(two_programs_are_taken_the_third_stalls),
        T(banks_work_at_the_same_time),
        T(fw_programs_a_partial_word_with_ones),
        T(fw_with_an_empty_buffer_does_nothing),
        T(clearing_pg_drops_the_buffer),
        T(a_reset_drops_the_buffer),
        T(store_without_pg_sets_pgserr_and_blocks),
        T(pgserr_flushes_the_buffer),
        T(flags_belong_to_the_bank_that_was_written),
        T(other_word_before_the_buffer_is_full_sets_incerr),
        T(other_master_before_the_buffer_is_full_sets_incerr),
        T(incerr_makes_the_next_store_fail_with_pgserr),
        T(same_byte_twice_sets_strberr_and_the_newer_wins),
        T(programming_ands_and_breaks_the_ecc),
        T(overwriting_with_other_data_is_mostly_uncorrectable),
        T(clearing_more_bits_breaks_the_ecc_too),
        T(overwriting_with_zeros_is_consistent),
        T(programming_all_ones_uses_the_word_up),
        T(read_of_a_busy_bank_stalls_the_other_bank_reads),
        T(debugger_reads_a_busy_bank),
        T(eop_and_errors_interrupt_when_enabled),
        T(observers_see_begin_and_end),
        T(psize_change_under_way_spoils_the_word),
        T(wrhighfreq_change_under_way_spoils),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
