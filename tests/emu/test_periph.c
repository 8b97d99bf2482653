/* SPDX-License-Identifier: MIT */
/* GPIO, CRC, RNG, RTC and backup SRAM: a rule of RM0399 each. */
#include "emu/chip/reg.h"
#include "tests/emu/periph_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define GPIO(port) (0x58020000u + 0x400u * (uint32_t)((port) - 'A'))
#define CRC        0x58024C00u
#define RNG        0x48021800u
#define RTC        0x58004000u
#define BKPSRAM    0x38800000u

static int setup(void **state)
{
    (void)state;
    bench_setup();
    bench.m.exti = (struct exti *)&bench; /* only passed on to the fake */
    gpio_new(&bench.m);
    crc_new(&bench.m);
    rng_new(&bench.m);
    rtc_new(&bench.m);
    backup_sram_new(&bench.m);
    bench_reset(true);
    bench_clocks_changed();
    return 0;
}

/* ---- GPIO ---- */

static void gpio_reset_values(void **state)
{
    (void)state;
    assert_int_equal(bench_read(GPIO('A')), 0xABFFFFFF);
    assert_int_equal(bench_read(GPIO('A') + 0x08), 0x0C000000);
    assert_int_equal(bench_read(GPIO('A') + 0x0C), 0x64000000);
    assert_int_equal(bench_read(GPIO('B')), 0xFFFFFEBF);
    assert_int_equal(bench_read(GPIO('B') + 0x08), 0x000000C0);
    assert_int_equal(bench_read(GPIO('B') + 0x0C), 0x00000100);
    for (int p = 'C'; p <= 'K'; p++) {
        assert_int_equal(bench_read(GPIO(p)), 0xFFFFFFFF);
    }
}

static void bsrr_sets_before_it_clears(void **state)
{
    (void)state;
    bench_write(GPIO('E') + 0x18, 0x0000000F);
    bench_write(GPIO('E') + 0x18, 0x000F0001);
    assert_int_equal(bench_read(GPIO('E') + 0x14), 1);
    bench_write_size(GPIO('E') + 0x1A, 2, 1); /* upper half-word: reset */
    assert_int_equal(bench_read(GPIO('E') + 0x14), 0);
}

static void inputs_follow_pull_and_outside(void **state)
{
    (void)state;
    assert_int_equal(bench_read(GPIO('C') + 0x10), 0);
    gpio_drive(bench.m.gpio, "PC13", 1);
    assert_int_equal(bench_read(GPIO('C') + 0x10), 0); /* analog: reads 0 */
    bench_write(GPIO('C'), 0xF3FFFFFF);                /* PC13 input */
    assert_int_equal(bench_read(GPIO('C') + 0x10), 0x2000);
    gpio_drive(bench.m.gpio, "PC13", -1);
    assert_int_equal(bench_read(GPIO('C') + 0x10), 0);
    bench_write(GPIO('C') + 0x0C, 1u << 26); /* pull-up */
    assert_int_equal(bench_read(GPIO('C') + 0x10), 0x2000);
    gpio_drive(bench.m.gpio, "PC13", 0);
    assert_int_equal(gpio_level(bench.m.gpio, "PC13"), 0);
    assert_false(gpio_drive(bench.m.gpio, "PC16", 0));
    assert_false(gpio_drive(bench.m.gpio, "PL1", 0));
    assert_false(gpio_drive(bench.m.gpio, "C13", 0));
    assert_false(gpio_drive(bench.m.gpio, "", 0));
}

static void open_drain_leaves_a_one_to_the_outside(void **state)
{
    (void)state;
    bench_write(GPIO('D'), 0xFFFFFFFD); /* PD0 output */
    bench_write(GPIO('D') + 0x14, 1);
    assert_int_equal(bench_read(GPIO('D') + 0x10), 1);
    bench_write(GPIO('D') + 0x04, 1);
    assert_int_equal(bench_read(GPIO('D') + 0x10), 0);
    bench_write(GPIO('D') + 0x0C, 1);
    assert_int_equal(bench_read(GPIO('D') + 0x10), 1);
}

static void exti_sees_edges_of_the_selected_port(void **state)
{
    (void)state;
    bench_write(GPIO('C'), 0xF3FFFFFF);
    memset(bench.exti_rising, 0, sizeof(bench.exti_rising));
    bench.exti_port[13] = 1;
    gpio_drive(bench.m.gpio, "PC13", 1);
    assert_int_equal(bench.exti_rising[13], 0);
    bench.exti_port[13] = 2;
    gpio_drive(bench.m.gpio, "PC13", 0);
    assert_int_equal(bench.exti_falling[13], 1);
    gpio_drive(bench.m.gpio, "PC13", 1);
    gpio_drive(bench.m.gpio, "PC13", 1);
    assert_int_equal(bench.exti_rising[13], 1);
}

static void locked_pins_keep_their_configuration(void **state)
{
    (void)state;
    const uint32_t lckr = GPIO('F') + 0x1C;
    bench_write(lckr, BIT(16) | 3);
    bench_write(lckr, 3);
    bench_write(lckr, BIT(16) | 2); /* another mask: the sequence starts again */
    assert_int_equal(bench_read(lckr) & BIT(16), 0);
    bench_write(lckr, 2);
    bench_write(lckr, BIT(16) | 2);
    assert_int_equal(bench_read(lckr), BIT(16) | 2);
    bench_write(GPIO('F'), 0);
    assert_int_equal(bench_read(GPIO('F')), 0xC); /* pin 1 stays analog */
    assert_true(bench_noted("gpio.locked"));
    bench_write(GPIO('F') + 0x20, 0xFF);
    assert_int_equal(bench_read(GPIO('F') + 0x20), 0x0F);
    bench_reset(false);
    assert_int_equal(bench_read(lckr), 0);
}

/* ---- CRC: check values of "123456789" from the catalogue of CRC algorithms ---- */

static void crc_bytes(const char *text)
{
    for (; *text; text++) {
        bench_write_size(CRC, 1, (uint8_t)*text);
    }
}

static void crc32_mpeg2(void **state)
{
    (void)state;
    crc_bytes("123456789");
    assert_int_equal(bench_read(CRC), 0x0376E6E7);
}

static void crc32_zip(void **state)
{
    (void)state;
    bench_write(CRC + 8, BIT(7) | 1u << 5 | BIT(0));
    crc_bytes("123456789");
    assert_int_equal(~bench_read(CRC), 0xCBF43926);
    assert_int_equal(bench_read(CRC + 8), BIT(7) | 1u << 5); /* RESET reads 0 */
}

static void crc16_and_crc8(void **state)
{
    (void)state;
    bench_write(CRC + 8, 1u << 3);
    bench_write(CRC + 0x14, 0x1021);
    bench_write(CRC + 0x10, 0);
    crc_bytes("123456789");
    assert_int_equal(bench_read(CRC), 0x31C3); /* XMODEM */
    bench_write(CRC + 8, 2u << 3);
    bench_write(CRC + 0x14, 0x07);
    bench_write(CRC + 0x10, 0);
    crc_bytes("123456789");
    assert_int_equal(bench_read(CRC), 0xF4); /* CRC-8 */
    bench_write(CRC + 8, 3u << 3);
    bench_write(CRC + 0x14, 0x09);
    bench_write(CRC + 0x10, 0);
    crc_bytes("123456789");
    assert_int_equal(bench_read(CRC), 0x75); /* CRC-7/MMC */
}

static void crc_word_is_four_bytes_msb_first(void **state)
{
    (void)state;
    bench_write(CRC, 0x31323334);
    bench_write_size(CRC, 2, 0x3536);
    crc_bytes("789");
    assert_int_equal(bench_read(CRC), 0x0376E6E7);
}

/* ---- RNG ---- */

static void rng_gives_four_words_then_waits(void **state)
{
    (void)state;
    bench.kernel_hz = 48000000;
    bench_write(RNG, BIT(2));
    assert_int_equal(bench_read(RNG + 4), 0);
    assert_int_equal(bench_read(RNG + 8), 0);
    bench_advance(10 * VT_US);
    uint32_t first = bench_read(RNG + 8);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bench_read(RNG + 4), 1);
        assert_int_not_equal(bench_read(RNG + 8), first);
    }
    assert_int_equal(bench_read(RNG + 4), 0);
    bench_advance(10 * VT_US);
    assert_int_equal(bench_read(RNG + 4), 1);
}

static void rng_without_clock_is_an_error(void **state)
{
    (void)state;
    bench.kernel_hz = 0;
    bench_write(RNG, BIT(2) | BIT(3));
    assert_int_equal(bench_read(RNG + 4), BIT(1) | BIT(5));
    assert_true(bench_noted("rng.clock"));
    assert_true(bench.irq[80]);
    bench_advance(VT_S);
    assert_int_equal(bench_read(RNG + 8), 0);
    bench.kernel_hz = 48000000;
    bench_clocks_changed();
    assert_int_equal(bench_read(RNG + 4), BIT(5)); /* CEIS stays until it is cleared */
    bench_write(RNG + 4, 0);
    assert_false(bench.irq[80]);
    bench_advance(10 * VT_US);
    assert_true(bench.irq[80]);
}

static void rng_takes_words_only(void **state)
{
    (void)state;
    uint32_t v;
    assert_int_equal(bench_read_size(RNG + 8, 2, &v), BUS_ERROR);
    assert_int_equal(bench_write_size(RNG, 1, 4), BUS_ERROR);
}

/* ---- RTC and backup ---- */

static void backup_registers_need_dbp_only(void **state)
{
    (void)state;
    bench_write(RTC + 0x50, 0x12345678);
    assert_true(bench_noted("backup.dbp"));
    assert_int_equal(bench_read(RTC + 0x50), 0);
    bench.dbp = true;
    bench_write(RTC + 0x50, 0x12345678);
    bench_write(RTC + 0xCC, 0xA5A5A5A5);
    bench_reset(false);
    bench_reset(true);
    assert_int_equal(bench_read(RTC + 0x50), 0x12345678);
    assert_int_equal(bench_read(RTC + 0xCC), 0xA5A5A5A5);
    assert_int_equal(bench.notes, 1);
}

static void bdrst_clears_registers_and_keeps_the_sram(void **state)
{
    (void)state;
    bench.dbp = true;
    bench_write(RTC + 0xCC, 1);
    bench_write(BKPSRAM + 4092, 0xCAFE);
    bench_backup_reset();
    assert_int_equal(bench_read(RTC + 0xCC), 0);
    assert_int_equal(bench_read(BKPSRAM + 4092), 0xCAFE);
}

static void backup_sram_is_write_protected(void **state)
{
    (void)state;
    bench_write(BKPSRAM, 1);
    assert_true(bench_noted("backup.dbp"));
    assert_int_equal(bench_read(BKPSRAM), 0);
    bench.dbp = true;
    bench_write_size(BKPSRAM + 3, 1, 0xAB);
    assert_int_equal(bench_read(BKPSRAM), 0xAB000000);
}

static void rtc_unlock(void)
{
    bench.dbp = true;
    bench_write(RTC + 0x24, 0xCA);
    bench_write(RTC + 0x24, 0x53);
}

static void rtc_registers_need_keys(void **state)
{
    (void)state;
    bench.dbp = true;
    bench_write(RTC + 0x0C, BIT(7));
    assert_true(bench_noted("rtc.locked"));
    bench_write(RTC + 0x24, 0xCA);
    bench_write(RTC + 0x24, 0x54);
    bench_write(RTC + 0x0C, BIT(7));
    assert_true(bench_noted("rtc.locked"));
    rtc_unlock();
    bench.hz[CLK_RTC] = 32768;
    bench_clocks_changed();
    bench_write(RTC + 0x0C, BIT(7));
    assert_int_equal(bench_read(RTC + 0x0C) & (BIT(7) | BIT(6)), BIT(7) | BIT(6));
}

static void rtc_without_clock_never_gets_into_init(void **state)
{
    (void)state;
    bench.hz[CLK_RTC] = 0;
    bench_clocks_changed();
    rtc_unlock();
    bench_write(RTC + 0x0C, BIT(7));
    bench_advance(VT_S);
    assert_int_equal(bench_read(RTC + 0x0C) & BIT(6), 0);
    bench_write(RTC, 0x123456);
    assert_true(bench_noted("rtc.not-init"));
}

static void calendar_runs_over_the_end_of_a_leap_february(void **state)
{
    (void)state;
    bench.hz[CLK_RTC] = 32768;
    bench_clocks_changed();
    rtc_unlock();
    bench_write(RTC + 0x0C, BIT(7));
    bench_write(RTC + 0x10, 0x007F00FF); /* 128 * 256 = 32768: one second */
    bench_write(RTC, 0x235958);
    bench_write(RTC + 4, 0x24E228 | 4u << 13); /* 2024-02-28 */
    bench_write(RTC + 0x0C, 0);
    assert_int_equal(bench_read(RTC + 0x0C) & BIT(5), 0);
    bench_advance(VT_S);
    assert_int_equal(bench_read(RTC), 0x235959);
    assert_int_equal(bench_read(RTC + 0x0C) & (BIT(5) | BIT(4)), BIT(5) | BIT(4));
    bench_advance(VT_S);
    assert_int_equal(bench_read(RTC), 0);
    assert_int_equal(bench_read(RTC + 4) & 0xFF1FFF, 0x240229);
    bench_advance(86400ull * VT_S);
    assert_int_equal(bench_read(RTC + 4) & 0xFF1FFF, 0x240301);
    bench_advance(VT_S / 2);
    assert_int_equal(bench_read(RTC + 0x28), 127);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, bench_teardown)
    const struct CMUnitTest tests[] = {
        T(gpio_reset_values),
        T(bsrr_sets_before_it_clears),
        T(inputs_follow_pull_and_outside),
        T(open_drain_leaves_a_one_to_the_outside),
        T(exti_sees_edges_of_the_selected_port),
        T(locked_pins_keep_their_configuration),
        T(crc32_mpeg2),
        T(crc32_zip),
        T(crc16_and_crc8),
        T(crc_word_is_four_bytes_msb_first),
        T(rng_gives_four_words_then_waits),
        T(rng_without_clock_is_an_error),
        T(rng_takes_words_only),
        T(backup_registers_need_dbp_only),
        T(bdrst_clears_registers_and_keeps_the_sram),
        T(backup_sram_is_write_protected),
        T(rtc_registers_need_keys),
        T(rtc_without_clock_never_gets_into_init),
        T(calendar_runs_over_the_end_of_a_leap_february),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
