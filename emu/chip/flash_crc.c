/* SPDX-License-Identifier: MIT */
/*
 * The flash CRC unit (RM0399, cyclic redundancy codes). The manual gives the polynomial, neither
 * start value nor bit order: here the sum starts from what CRCDATA holds (0 after CLEAN_CRC) and
 * takes 32-bit words, most significant bit first. The first use is reported as a feature not to be
 * trusted.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/flash_model.h"

#include <string.h>

#define CRC_CR_RESET 0x001C0000u
#define CRC_CR_MASK  0x00300107u
#define ADDR_MASK    0x000FFFFCu
#define CRC_BY_SECT  (1u << 8)
#define ADD_SECT     (1u << 9)
#define CLEAN_SECT   (1u << 10)
#define START_CRC    (1u << 16)
#define CLEAN_CRC    (1u << 17)
#define ALL_BANK     (1u << 22)
#define POLYNOMIAL   0x04C11DB7u
/* A flash word is four 64-bit beats; with wait states about this many cycles. */
#define CYCLES_PER_WORD 8u

static uint32_t add_word(uint32_t crc, uint32_t word)
{
    crc ^= word;
    for (int i = 0; i < 32; i++) {
        crc = crc << 1 ^ (crc >> 31 ? POLYNOMIAL : 0);
    }
    return crc;
}

static void add_flash_word(struct fbank *b, uint32_t off)
{
    struct flash *f = b->f;
    uint8_t data[WORD_BYTES] = {0}; /* a protected word reads as zeros */

    if (protect_may_read(f, b->index, off, off + WORD_BYTES)) {
        await_needed(f, bank_base(b->index) + off, WORD_BYTES);
        cells_read(f, word_of(f, bank_base(b->index) + off), data);
    } else {
        b->sr |= SR_CRCRDERR;
    }
    for (unsigned i = 0; i < WORD_BYTES; i += 4) {
        uint32_t v;
        memcpy(&v, data + i, 4);
        f->crc_data = add_word(f->crc_data, v);
    }
}

static void add_range(struct fbank *b, uint32_t lo, uint32_t hi)
{
    for (uint32_t off = lo; off < hi && off < BANK_BYTES; off += WORD_BYTES) {
        add_flash_word(b, off);
    }
}

static uint32_t burst_bytes(const struct crc_unit *c)
{
    return WORD_BYTES * 4u << 2 * (c->cr >> 20 & 3);
}

/* The address range in whole bursts. */
static struct area burst_range(const struct crc_unit *c)
{
    uint32_t n = burst_bytes(c);
    struct area a = {c->start & ~(n - 1), (c->end | (n - 1)) + 1};

    return a;
}

static bool by_sector(const struct crc_unit *c)
{
    return c->cr & (CRC_BY_SECT | ALL_BANK);
}

static void on_done(void *arg)
{
    struct fbank *b = arg;
    struct crc_unit *c = &b->crc;

    if (flash_bank_busy(b->f, b->index)) { /* its reads wait like any other */
        vtime_t t = flash_busy_until(b->f, bank_base(b->index));
        sched_at(&b->f->m->sched, &c->done, t + VT_US);
        return;
    }
    if (by_sector(c)) {
        for (unsigned s = 0; s < SECTORS; s++) {
            if (c->sectors >> s & 1) {
                add_range(b, s * SECTOR_BYTES, (s + 1) * SECTOR_BYTES);
            }
        }
    } else {
        struct area a = burst_range(c);
        add_range(b, a.lo, a.hi);
    }
    c->busy = false;
    flash_flag(b, SR_CRCEND);
}

static uint32_t bytes_to_read(const struct crc_unit *c)
{
    struct area a = burst_range(c);

    if (by_sector(c)) {
        return (uint32_t)__builtin_popcount(c->sectors) * SECTOR_BYTES;
    }
    return a.hi > a.lo ? a.hi - a.lo : 0;
}

static void start(struct fbank *b)
{
    struct flash *f = b->f;

    if (!f->crc_noted) {
        f->crc_noted = true;
        machine_note(
            f->m, N_FLASH_CRC, FLASH_BASE + 0x5C,
            "the flash CRC unit is used: start value and bit order of its result are guesses");
    }
    if (f->bank[0].crc.busy || f->bank[1].crc.busy) {
        return; /* one calculation at a time */
    }
    uint64_t hclk = rcc_hz(f->m->rcc, CLK_HCLK);
    vtime_t cycle = VT_S / (hclk ? hclk : 64000000);
    b->crc.busy = true;
    sched_at(&f->m->sched, &b->crc.done,
             machine_now(f->m) +
                 (vtime_t)(bytes_to_read(&b->crc) / WORD_BYTES) * CYCLES_PER_WORD * cycle);
}

static void write_control(struct fbank *b, uint32_t v)
{
    struct crc_unit *c = &b->crc;

    c->cr = (c->cr & ~CRC_CR_MASK) | (v & CRC_CR_MASK);
    if (v & CLEAN_SECT) {
        c->sectors = 0;
    }
    if (v & ADD_SECT) {
        c->sectors |= 1u << (v & 7);
    }
    if (v & ALL_BANK) {
        c->sectors = 0xFF;
        c->cr |= CRC_BY_SECT;
    }
    if (v & CLEAN_CRC) {
        b->f->crc_data = 0;
    }
    if (v & START_CRC) {
        start(b);
    }
}

void crc_write(struct fbank *b, uint32_t reg, uint32_t value)
{
    if (!(b->cr & CR_CRC_EN) || b->crc.busy) {
        return;
    }
    if (reg == 0x50) {
        write_control(b, value);
    } else if (reg == 0x54) {
        b->crc.start = value & ADDR_MASK;
    } else {
        b->crc.end = value & ADDR_MASK;
    }
}

uint32_t crc_read(const struct fbank *b, uint32_t reg)
{
    return reg == 0x50 ? b->crc.cr : reg == 0x54 ? b->crc.start : b->crc.end;
}

void crc_reset(struct fbank *b)
{
    sched_cancel(&b->f->m->sched, &b->crc.done);
    b->crc.busy = false;
    b->crc.cr = CRC_CR_RESET;
    b->crc.start = b->crc.end = b->crc.sectors = 0;
    b->f->crc_data = 0;
}

void crc_init(struct fbank *b)
{
    sched_event_init(&b->crc.done, "FLASH: a CRC is done", on_done, b);
    crc_reset(b);
}
