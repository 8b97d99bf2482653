/* SPDX-License-Identifier: MIT */
/* RM0399, ECC, wait states and the CRC unit: what reads of the array give. */
#include "tests/emu/flash_fixture.h"

static void word(uint32_t addr, enum cut_outcome outcome)
{
    program(addr, 0xA5A50000);
    flash_damage(fb.f, addr, outcome);
    reg_write(CCR, 0xFFFFFFFF);
    reg_write(BANK2 + CCR, 0xFFFFFFFF);
}

static void single_error_is_corrected_and_flagged(void **state)
{
    (void)state;
    uint32_t v;
    word(B1 + 0x20040, CUT_SINGLE);
    assert_int_equal(flash_word(fb.f, B1 + 0x20040), FW_SINGLE);
    for (unsigned i = 0; i < 32; i += 4) {
        assert_int_equal(load32(B1 + 0x20040 + i, &v), BUS_OK);
        assert_int_equal(v, 0xA5A50000 + i);
    }
    assert_int_equal(reg_read(SR), SNECCERR);
    assert_int_equal(reg_read(ECC_FA), 0x20040 / 32);
    assert_false(flash_direct(fb.f, B1 + 0x20000, 0x1000));
    assert_true(flash_direct(fb.f, B1 + 0x21000, 0x1000));
}

static void double_error_is_a_bus_error_on_every_beat(void **state)
{
    (void)state;
    uint32_t v;
    word(B2 + 0x60, CUT_DOUBLE);
    assert_int_equal(flash_word(fb.f, B2 + 0x60), FW_DOUBLE);
    for (unsigned i = 0; i < 32; i += 4) {
        assert_int_equal(load32(B2 + 0x60 + i, &v), BUS_ERROR);
    }
    assert_int_equal(load_as(CM4, true, B2 + 0x60, &v), BUS_ERROR);
    assert_int_equal(reg_read(BANK2 + SR), DBECCERR); /* the bank that owns the word */
    assert_int_equal(reg_read(SR), 0);
    assert_int_equal(reg_read(BANK2 + ECC_FA), 0x60 / 32);
    assert_int_equal(load32(B2 + 0x40, &v), BUS_OK); /* its neighbours read */
    assert_int_equal(load32(B2 + 0x80, &v), BUS_OK);
    assert_false(flash_direct(fb.f, B2, 0x1000));
}

static void first_error_address_stays_until_its_flag_is_cleared(void **state)
{
    (void)state;
    uint32_t v;
    word(B1 + 0x100, CUT_DOUBLE);
    word(B1 + 0x200, CUT_SINGLE);
    load32(B1 + 0x100, &v);
    load32(B1 + 0x200, &v);
    assert_int_equal(reg_read(SR), SNECCERR | DBECCERR);
    assert_int_equal(reg_read(ECC_FA), 0x100 / 32);
    reg_write(CCR, DBECCERR); /* the other flag is still up */
    assert_int_equal(reg_read(ECC_FA), 0x100 / 32);
    reg_write(CCR, SNECCERR);
    assert_int_equal(reg_read(ECC_FA), 0);
    load32(B1 + 0x200, &v);
    assert_int_equal(reg_read(ECC_FA), 0x200 / 32);
}

static void flags_need_not_be_cleared_for_later_reads(void **state)
{
    (void)state;
    uint32_t v;
    program(B1, 3);
    word(B1 + 0x100, CUT_DOUBLE);
    load32(B1 + 0x100, &v);
    assert_int_equal(load32(B1, &v), BUS_OK);
    assert_int_equal(v, 3);
}

static void ecc_errors_interrupt_when_enabled(void **state)
{
    (void)state;
    uint32_t v;
    word(B1, CUT_DOUBLE);
    load32(B1, &v);
    assert_false(fb.irq);
    unlock(0);
    reg_write(CR, 0x30 | DBECCERR);
    assert_true(fb.irq);
    reg_write(CCR, DBECCERR);
    assert_false(fb.irq);
}

static void debugger_sees_torn_words_without_side_effects(void **state)
{
    (void)state;
    uint32_t v;
    word(B1, CUT_DOUBLE);
    assert_int_equal(load_as(MASTER_DEBUG, false, B1, &v), BUS_OK);
    assert_int_equal(reg_read(SR), 0);
}

static void poke_makes_words_valid(void **state)
{
    (void)state;
    word(B1 + 0x20, CUT_DOUBLE);
    uint8_t bytes[40];
    memset(bytes, 0x42, sizeof(bytes));
    flash_poke(fb.f, B1 + 0x1C, bytes, sizeof(bytes));
    assert_int_equal(flash_word(fb.f, B1), FW_VALID);
    assert_int_equal(flash_word(fb.f, B1 + 0x20), FW_VALID);
    assert_int_equal(flash_word(fb.f, B1 + 0x40), FW_VALID);
    uint8_t back[42];
    flash_peek(fb.f, B1 + 0x1B, back, sizeof(back));
    assert_int_equal(back[0], 0xFF);
    assert_memory_equal(back + 1, bytes, sizeof(bytes));
    assert_int_equal(flash_ops(fb.f), 1); /* only the program of word() */
}

static void every_single_bit_error_is_corrected(void **state)
{
    (void)state;
    /* 64 draws of the lagging cell hit data and check bits alike. */
    for (unsigned i = 0; i < 64; i++) {
        uint32_t addr = B1 + 0x40000 + 32 * i, v;
        word(addr, CUT_SINGLE);
        assert_int_equal(flash_word(fb.f, addr), FW_SINGLE);
        assert_int_equal(load32(addr, &v), BUS_OK);
        assert_int_equal(v, 0xA5A50000);
    }
}

/* ---- wait states ---- */

static void too_few_wait_states_break_reads(void **state)
{
    (void)state;
    uint32_t v;
    fb_clock(200000000, 1);
    assert_true(flash_direct(fb.f, B1, 0x1000)); /* 7 wait states after reset */
    reg_write(ACR, 0x22);
    assert_int_equal(load32(B1, &v), BUS_OK); /* 2 are enough in VOS1 */
    fb.changed = 0;
    reg_write(ACR, 0x21);
    assert_true(fb_noted("flash.latency"));
    assert_true(fb.changed > 0);
    assert_false(flash_direct(fb.f, B1, 32));
    assert_int_equal(load32(B1, &v), BUS_ERROR);
    assert_true(reg_read(SR) & DBECCERR);
    reg_write(ACR, 0x24);
    assert_int_equal(load32(B1, &v), BUS_OK);
}

static void a_switch_lets_reads_go_on(void **state)
{
    (void)state;
    uint32_t v;
    fb.m.speed_warns_only = true;
    fb_clock(200000000, 1);
    reg_write(ACR, 0x21);
    assert_true(fb_noted("flash.latency"));
    assert_true(flash_direct(fb.f, B1, 32));
    assert_int_equal(load32(B1, &v), BUS_OK);
}

static void raising_the_clock_before_latency_is_noticed(void **state)
{
    (void)state;
    reg_write(ACR, 0x01);
    fb_clock(64000000, 3);
    assert_string_equal(fb.notes, "");
    fb_clock(120000000, 3);
    assert_true(fb_noted("flash.latency"));
    fb_clock(64000000, 3);
    uint32_t v;
    assert_int_equal(load32(B1, &v), BUS_OK);
}

static void limits_depend_on_the_voltage(void **state)
{
    (void)state;
    static const struct {
        unsigned vos, mhz, ws;
    } limits[] = {{0, 70, 0},  {0, 140, 1}, {0, 210, 2}, {0, 225, 3}, {0, 240, 4},
                  {1, 210, 2}, {2, 55, 0},  {2, 110, 1}, {2, 165, 2}, {2, 225, 3},
                  {3, 45, 0},  {3, 90, 1},  {3, 135, 2}, {3, 180, 3}, {3, 225, 4}};
    for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        reg_write(ACR, 0x30 | limits[i].ws);
        fb_clock(limits[i].mhz * 1000000ull, limits[i].vos);
        assert_true(flash_direct(fb.f, B1, 32));
        if (limits[i].ws == 4) {
            continue;
        }
        fb_clock(limits[i].mhz * 1000000ull + 1, limits[i].vos);
        assert_false(flash_direct(fb.f, B1, 32));
        fb_clock(1000000, 0);
    }
}

static void overclocking_is_noted_once(void **state)
{
    (void)state;
    fb_clock(240000000, 0);
    assert_string_equal(fb.notes, "");
    fb_clock(241000000, 0);
    assert_true(fb_noted("flash.overclock"));
}

static void too_low_wrhighfreq_spoils_programs(void **state)
{
    (void)state;
    fb_clock(200000000, 1);
    reg_write(ACR, 0x14);
    unsigned wrong = 0;
    for (unsigned i = 0; i < 16; i++) {
        program(B1 + 32 * i, i);
        wrong += flash_word(fb.f, B1 + 32 * i) != FW_VALID;
    }
    assert_true(fb_noted("flash.wrhighfreq"));
    assert_true(wrong > 0);
}

/* ---- CRC unit ---- */

static uint32_t crc_of(uint32_t crc, const uint32_t *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        crc ^= words[i];
        for (unsigned b = 0; b < 32; b++) {
            crc = crc & 0x80000000u ? crc << 1 ^ 0x04C11DB7u : crc << 1;
        }
    }
    return crc;
}

static void crc_enable(void)
{
    unlock(0);
    reg_write(CR, 0x30 | BIT(15));
    reg_write(CRCCR, BIT(17) | BIT(10));
}

static void crc_of_an_address_range_takes_whole_bursts(void **state)
{
    (void)state;
    uint32_t words[32];
    for (unsigned i = 0; i < 32; i++) {
        words[i] = i * 0x01010101;
    }
    flash_poke(fb.f, B1 + 0x80, words, sizeof(words));
    crc_enable();
    reg_write(CRCSADD, 0x80);
    reg_write(CRCEADD, 0xFC);
    reg_write(CRCCR, BIT(16));
    assert_true(reg_read(SR) & CRC_BUSY);
    fb_wait(VT_MS);
    assert_int_equal(reg_read(SR), CRCEND);
    assert_int_equal(reg_read(CRCDATA), crc_of(0, words, 32));
    assert_true(fb_noted("flash.crc"));
    reg_write(CR, 0x30); /* CRC_EN off: registers clear */
    assert_int_equal(reg_read(CRCDATA), 0);
    assert_int_equal(reg_read(CRCSADD), 0);
}

static void crc_by_sector_takes_the_listed_sectors(void **state)
{
    (void)state;
    uint32_t v = 0x13579BDF, crc = 0, ones[1] = {0xFFFFFFFF};
    flash_poke(fb.f, B1 + 0x40000, &v, 4);
    crc_enable();
    reg_write(CRCCR, BIT(8) | BIT(9) | 2);
    reg_write(CRCCR, BIT(8) | BIT(16) | 2);
    fb_wait(VT_S);
    crc = crc_of(0, &v, 1);
    for (unsigned i = 1; i < 0x20000 / 4; i++) {
        crc = crc_of(crc, ones, 1);
    }
    assert_int_equal(reg_read(CRCDATA), crc);
}

static void crc_registers_need_crc_en(void **state)
{
    (void)state;
    reg_write(CRCSADD, 0x100);
    reg_write(CRCCR, BIT(16));
    assert_int_equal(reg_read(CRCSADD), 0);
    assert_int_equal(reg_read(SR), 0);
}

static void crc_over_protected_words_sets_crcrderr(void **state)
{
    (void)state;
    change_option(PRAR_PRG, 0x00010000); /* 512 bytes from the start of bank 1 */
    crc_enable();
    reg_write(CRCEADD, 0x7C);
    reg_write(CRCCR, BIT(16));
    fb_wait(VT_MS);
    assert_int_equal(reg_read(SR) & (CRCEND | CRCRDERR | RDPERR), CRCEND | CRCRDERR);
}

static void crc_and_option_change_exclude_each_other(void **state)
{
    (void)state;
    crc_enable();
    reg_write(CRCCR, BIT(8) | BIT(22));
    reg_write(CRCCR, BIT(8) | BIT(16));
    assert_true(reg_read(SR) & CRC_BUSY);
    unlock_options();
    reg_write(WPSN_PRG, 0xFE);
    reg_write(OPTCR, 2);
    assert_int_equal(reg_read(OPTSR_CUR) & 0x40000001, 0); /* no effect, no error */
}

/* ---- bytes that are settled when they are needed ---- */

static void settle_byte(void *arg)
{
    static const uint8_t byte = 0x77;

    ++*(unsigned *)arg;
    flash_poke(fb.f, B1 + 0x20041, &byte, 1);
}

static void an_awaited_byte_is_settled_before_its_first_read(void **state)
{
    (void)state;
    unsigned calls = 0;
    uint32_t v;
    program(B1 + 0x20040, 0);
    program(B1 + 0x20060, 0);
    assert_true(flash_await(fb.f, B1 + 0x20041, settle_byte, &calls));
    assert_false(flash_direct(fb.f, B1 + 0x20000, 0x1000));
    assert_true(flash_direct(fb.f, B1 + 0x21000, 0x1000));
    load32(B1 + 0x20044, &v); /* its neighbours do not need it */
    load32(B1 + 0x20060, &v);
    assert_int_equal(calls, 0);
    load32(B1 + 0x20040, &v);
    assert_int_equal(calls, 1);
    assert_int_equal(v >> 8 & 0xFF, 0x77);
    load32(B1 + 0x20040, &v);
    assert_int_equal(calls, 1);
    assert_true(flash_direct(fb.f, B1 + 0x20000, 0x1000));
}

static void an_awaited_byte_is_settled_before_it_changes(void **state)
{
    (void)state;
    unsigned calls = 0;
    assert_true(flash_await(fb.f, B1 + 0x20041, settle_byte, &calls));
    erase(0, 2);
    assert_int_equal(calls, 0);
    erase(0, 1);
    assert_int_equal(calls, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fb_setup, fb_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(single_error_is_corrected_and_flagged),
        T(double_error_is_a_bus_error_on_every_beat),
        T(first_error_address_stays_until_its_flag_is_cleared),
        T(flags_need_not_be_cleared_for_later_reads),
        T(ecc_errors_interrupt_when_enabled),
        T(debugger_sees_torn_words_without_side_effects),
        T(poke_makes_words_valid),
        T(every_single_bit_error_is_corrected),
        T(too_few_wait_states_break_reads),
        T(a_switch_lets_reads_go_on),
        T(raising_the_clock_before_latency_is_noticed),
        T(limits_depend_on_the_voltage),
        T(overclocking_is_noted_once),
        T(too_low_wrhighfreq_spoils_programs),
        T(crc_of_an_address_range_takes_whole_bursts),
        T(crc_by_sector_takes_the_listed_sectors),
        T(crc_registers_need_crc_en),
        T(crc_over_protected_words_sets_crcrderr),
        T(crc_and_option_change_exclude_each_other),
        T(an_awaited_byte_is_settled_before_its_first_read),
        T(an_awaited_byte_is_settled_before_it_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
