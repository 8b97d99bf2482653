/* SPDX-License-Identifier: MIT */
/* Register files, FDCAN, identification, DBGMCU, ART, reserved addresses. */
#include "emu/chip/regfile.h"

#include "fixture.h"

#define RCC 0x58024400u

static void all_on(void)
{
    static const uint16_t enr[] = {0xD4, 0xD8, 0xDC, 0xE0, 0xE4, 0xE8, 0xEC, 0xF0, 0xF4};

    for (unsigned i = 0; i < sizeof(enr) / sizeof(enr[0]); i++) {
        wr(CM7, RCC + enr[i], 0xFFFFFFFF);
        wr(CM4, RCC + enr[i], 0xFFFFFFFF);
    }
    clear_notes();
}

/* Bits of a register that do not stay as written: commands; all of CR of an ADC; EN of a DMA
 * channel. */
static uint32_t volatile_bits(const struct rf_block *b, uint32_t off)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < rf_command_count; i++) {
        const struct rf_command *r = &rf_commands[i];
        for (unsigned k = 0; k < r->count; k++) {
            if (r->kind == b->kind && r->off + k * r->stride == off) {
                mask |= r->mask;
            }
        }
    }
    if ((b->kind == RF_LPTIM1 || b->kind == RF_LPTIM3) && off == 0x10) {
        mask |= BIT(1) | BIT(2); /* starts, which count only once ENABLE is set */
    }
    bool channel = (b->kind == RF_BDMA && off >= 8 && (off - 8) % 20 == 0) ||
                   (b->kind == RF_MDMA && off >= 0x40 && off % 0x40 == 0xC);
    if (channel) {
        mask |= BIT(0); /* EN locks the others */
    }
    bool adc = b->kind == RF_ADC12 || b->kind == RF_ADC3;
    return adc && (off & 0xFF) == 8 ? 0xFFFFFFFF : mask;
}

static uint32_t status_bits(const struct rf_block *b, uint32_t off)
{
    uint32_t mask = 0;

    for (unsigned i = 0; i < rf_follow_count; i++) {
        if (rf_follows[i].kind == b->kind && rf_follows[i].to == off) {
            mask |= rf_follows[i].status;
        }
    }
    for (unsigned i = 0; i < rf_answer_count; i++) {
        if (rf_answers[i].kind == b->kind && rf_answers[i].to == off) {
            mask |= rf_answers[i].flags;
        }
    }
    return mask;
}

static void check_reset(const struct rf_block *b, const struct rf_run *run, uint32_t off)
{
    assert_true(off < b->size);
    assert_int_equal(rd(CM7, b->base + off), run->reset);
}

static bool modelled(const struct rf_block *b)
{
    return rf_model_of(b->kind);
}

/* Takes every writable bit and no other. Read-only registers of a model follow from what it does.
 */
static void check_write(const struct rf_block *b, const struct rf_run *run, uint32_t off)
{
    uint32_t v, keep = ~volatile_bits(b, off);

    if (modelled(b) && !run->writable) {
        return;
    }
    wr(CM7, b->base + off, ~run->reset & keep);
    assert_true(bus_peek(&fx.m.bus, CM7, b->base + off, &v, 4));
    assert_int_equal((v ^ run->reset) & ~status_bits(b, off) & keep, run->writable & keep);
}

static void for_registers(const struct rf_block *b,
                          void (*check)(const struct rf_block *b, const struct rf_run *run,
                                        uint32_t off))
{
    const struct rf_layout *l = rf_layouts[b->kind];

    for (unsigned i = 0; i < l->n; i++) {
        for (unsigned k = 0; k < l->runs[i].count; k++) {
            check(b, &l->runs[i], l->runs[i].off + k * l->runs[i].stride);
        }
    }
}

static void test_every_block(void **state)
{
    (void)state;
    all_on();
    for (unsigned i = 0; i < rf_block_count; i++) {
        for_registers(&rf_blocks[i], check_reset);
    }
    for (unsigned i = 0; i < rf_block_count; i++) {
        for_registers(&rf_blocks[i], check_write);
    }
    do_reset(RESET_PIN);
    all_on();
    for (unsigned i = 0; i < rf_block_count; i++) {
        for_registers(&rf_blocks[i], check_reset);
    }
}

static void test_noted_once(void **state)
{
    (void)state;
    all_on();
    rd(CM7, 0x40004000); /* SPDIFRX CR */
    assert_note("regfile");
    assert_int_equal(fx.last_kind, NOTE_UNMODELLED);
    rd(CM7, 0x40004000);
    wr(CM7, 0x40004000, 0x100);
    assert_int_equal(fx.notes, 1);
    rd(CM7, 0x40004004);
    assert_int_equal(fx.notes, 2);
    assert_int_equal(rd(CM7, 0x400043F0), 0); /* no register: reads 0, no error */
    assert_int_equal(fx.notes, 3);
}

static void test_features_are_reported(void **state)
{
    (void)state;
    static const struct {
        uint32_t addr, value;
    } t[] = {
        {0x40028000, 2}, {0x52001000, 1}, {0x40013000, 1},
        {0x40007400, 1}, {0x50001018, 1}, {0x40009000, 1},
    };
    all_on();
    for (unsigned i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        clear_notes();
        wr(CM7, t[i].addr, t[i].value);
        assert_note("regfile.feature");
        assert_int_equal(fx.last_kind, NOTE_FEATURE);
        clear_notes();
        wr(CM7, t[i].addr, t[i].value); /* still on: no news */
        assert_no_note();
    }
}

static void test_handshakes_end(void **state)
{
    (void)state;
    all_on();
    wr(CM7, 0x40029000, 1); /* ETH DMAMR.SWR */
    assert_int_equal(rd(CM7, 0x40029000) & 1, 0);
}

/* As on a board with nothing connected: vendor code gets an answer, not a hang. */
static void test_transfers_end_without_a_partner(void **state)
{
    (void)state;
    all_on();
    wr(CM7, 0x40005400, 1); /* I2C1: an address nobody acknowledges */
    wr(CM7, 0x40005404, BIT(25) | BIT(13) | 0xA0);
    assert_int_equal(rd(CM7, 0x40005404) & BIT(13), 0);
    pass(VT_MS);
    assert_int_equal(rd(CM7, 0x40005418), BIT(5) | BIT(4) | 1);
    wr(CM7, 0x4000541C, BIT(5) | BIT(4));
    assert_int_equal(rd(CM7, 0x40005418), 1);
    wr(CM7, 0x5200700C, BIT(12)); /* SDMMC1: CMD0 is sent, CMD8 times out */
    assert_int_equal(rd(CM7, 0x52007034), BIT(7));
    wr(CM7, 0x52007038, BIT(7));
    wr(CM7, 0x5200700C, BIT(12) | BIT(8) | 8);
    assert_int_equal(rd(CM7, 0x52007034), BIT(2));
}

static void test_fdcan_handshake(void **state)
{
    (void)state;
    all_on();
    assert_int_equal(rd(CM7, 0x4000A000), 0x32141218);
    assert_int_equal(rd(CM7, 0x4000A018), 1);
    wr(CM7, 0x4000A01C, 0x12345678); /* NBTP without CCE */
    assert_note("fdcan.protected");
    assert_int_equal(rd(CM7, 0x4000A01C), 0x06000A03);
    wr(CM7, 0x4000A018, 3);
    assert_int_equal(rd(CM7, 0x4000A018), 3);
    wr(CM7, 0x4000A01C, 0x12345678);
    assert_int_equal(rd(CM7, 0x4000A01C), 0x12345678);
    wr(CM7, 0x4000A018, 0); /* the kernel clock is HSE, and that is off */
    assert_note("fdcan.no-clock");
    assert_int_equal(rd(CM7, 0x4000A018) & 1, 1);
    wr(CM7, RCC, rd(CM7, RCC) | BIT(18) | BIT(16));
    pass(VT_MS);
    wr(CM7, 0x4000A018, 0);
    assert_int_equal(rd(CM7, 0x4000A018), 0);
    wr(CM7, 0x4000AC00 + 0x27FC, 0xCAFEBABE); /* last word of the message RAM */
    assert_int_equal(rd_sized(CM4, 0x4000AC00 + 0x27FE, 2), 0xCAFE);
}

static void test_identification(void **state)
{
    (void)state;
    assert_int_equal(rd_sized(CM7, 0x1FF1E880, 2), 0x0800);
    assert_int_equal(rd(CM7, 0x1FF1E8C0), 0x48373435);
    assert_int_not_equal(rd(CM7, 0x1FF1E800), 0xFFFFFFFF);
    assert_int_equal(rd(CM7, 0x5C001000), 0x20036450);
    rd_fails(CM4, 0x1FF1E880, 2); /* reserved for the CM4 */
    wr_fails(CM7, 0x1FF1E880, 4);
}

static void test_rom_loader_is_reported(void **state)
{
    (void)state;
    /* The code both vector tables point at: one load from the probe. */
    uint32_t entry = rd(CM7, 0x1FF00004);
    assert_int_equal(rd(CM7, 0x1FF09804), entry);
    assert_int_equal(rd_sized(CM7, entry - 1, 2), 0x4801);
    uint32_t probe = rd(CM7, entry - 1 + 8);
    assert_no_note();
    rd(CM7, probe);
    assert_note("rom.loader");
}

static void test_dbgmcu_survives_resets(void **state)
{
    (void)state;
    wr(CM7, 0x5C001004, 0xFFFFFFFF);
    assert_int_equal(rd(CM7, 0x5C001004), 0x107001FF);
    do_reset(RESET_PIN);
    assert_int_equal(rd(CM7, 0x5C001004), 0x107001FF);
    do_reset(RESET_POWER_ON);
    assert_int_equal(rd(CM7, 0x5C001004), 0);
}

static void test_art(void **state)
{
    (void)state;
    all_on();
    assert_int_equal(rd(CM4, 0x40024400), 4);
    wr(CM4, 0x40024400, 0x81 << 8 | 1);
    assert_int_equal(rd(CM4, 0x40024400), 0x81 << 8 | 5);
}

static void test_reserved_addresses(void **state)
{
    (void)state;
    static const uint32_t reserved[] = {0x00200000, 0x40002800, 0x4000D400, 0x40030000, 0x48022000,
                                        0x50000000, 0x58006000, 0x60000000, 0xC0000000};
    all_on();
    for (unsigned i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        rd_fails(CM7, reserved[i], 4);
        wr_fails(CM4, reserved[i], 4);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_every_block),
        T(test_noted_once),
        T(test_features_are_reported),
        T(test_handshakes_end),
        T(test_transfers_end_without_a_partner),
        T(test_fdcan_handshake),
        T(test_identification),
        T(test_rom_loader_is_reported),
        T(test_dbgmcu_survives_resets),
        T(test_art),
        T(test_reserved_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
