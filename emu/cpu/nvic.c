/* SPDX-License-Identifier: MIT */
/* Interrupt lines of one core and the NVIC's registers (ARMv7-M, B3.4). */
#include "emu/cpu/internal.h"

void core_set_irq(struct core *c, unsigned n, bool level)
{
    if (n >= IRQS) {
        return;
    }
    unsigned e = EXC_IRQ0 + n;
    if (!level) {
        bit_clear(c->line, e);
        return;
    }
    bool rising = !bit_get(c->line, e);
    bit_set(c->line, e);
    if (rising) {
        exc_pend(c, e); /* while active as well: it is then pending again */
    }
}

void core_pulse_irq(struct core *c, unsigned n)
{
    if (n < IRQS) {
        exc_pend(c, EXC_IRQ0 + n);
    }
}

void core_set_nmi(struct core *c)
{
    exc_pend(c, EXC_NMI);
}

/* ---- registers, offsets from 0xE000E100 ---- */

/* 32 lines of a bitmap, numbered by interrupt, not by exception. */
static uint32_t get_word(const uint32_t *map, unsigned word)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < 32; i++) {
        unsigned n = word * 32 + i;
        if (n < IRQS && bit_get(map, EXC_IRQ0 + n)) {
            v |= 1u << i;
        }
    }
    return v;
}

static void for_bits(struct core *c, unsigned word, uint32_t bits,
                     void (*fn)(struct core *, unsigned))
{
    for (; bits; bits &= bits - 1) {
        unsigned n = word * 32 + (unsigned)__builtin_ctz(bits);
        if (n < IRQS) {
            fn(c, EXC_IRQ0 + n);
        }
    }
}

static void enable(struct core *c, unsigned e)
{
    bit_set(c->en, e);
}

static void disable(struct core *c, unsigned e)
{
    bit_clear(c->en, e);
}

/* A level that is still asserted cannot be cleared: it pends again at once. */
static void unpend(struct core *c, unsigned e)
{
    if (!bit_get(c->line, e) || bit_get(c->act, e)) {
        bit_clear(c->pend, e);
    }
}

enum {
    ISER = 0x000,
    ICER = 0x080,
    ISPR = 0x100,
    ICPR = 0x180,
    IABR = 0x200,
    IPR = 0x300,
    END = 0x3f0
};

static uint32_t read_word(const struct core *c, uint32_t off)
{
    unsigned word = (off & 0x7f) / 4;

    switch (off & ~0x7fu) {
    case ISER:
    case ICER:
        return get_word(c->en, word);
    case ISPR:
    case ICPR:
        return get_word(c->pend, word);
    case IABR:
        return get_word(c->act, word);
    default:
        return 0;
    }
}

bool nvic_read(struct core *c, uint32_t off, unsigned size, uint32_t *value)
{
    *value = 0;
    if (off >= IPR && off < END) {
        for (unsigned i = 0; i < size; i++) {
            if (off - IPR + i < IRQS) {
                *value |= (uint32_t)c->prio[EXC_IRQ0 + off - IPR + i] << 8 * i;
            }
        }
        return true;
    }
    if (off >= END || size != 4) {
        return false;
    }
    *value = read_word(c, off);
    return true;
}

static void write_word(struct core *c, uint32_t off, uint32_t value)
{
    unsigned word = (off & 0x7f) / 4;

    switch (off & ~0x7fu) {
    case ISER:
        for_bits(c, word, value, enable);
        break;
    case ICER:
        for_bits(c, word, value, disable);
        break;
    case ISPR:
        for_bits(c, word, value, exc_pend);
        break;
    case ICPR:
        for_bits(c, word, value, unpend);
        break;
    default:
        break; /* IABR and reserved words: read only */
    }
}

bool nvic_write(struct core *c, uint32_t off, unsigned size, uint32_t value)
{
    if (off >= IPR && off < END) {
        for (unsigned i = 0; i < size; i++) {
            if (off - IPR + i < IRQS) { /* four bits are implemented */
                c->prio[EXC_IRQ0 + off - IPR + i] = (uint8_t)(value >> 8 * i & 0xf0);
            }
        }
    } else if (off >= END || size != 4) {
        return false;
    } else {
        write_word(c, off, value);
    }
    core_look(c);
    return true;
}
