/* SPDX-License-Identifier: MIT */
/* CRC calculation unit. RM0399, CRC. One unit for both cores: nothing keeps them apart. */
#include "chip/stm32h7/blocks.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

enum { CRC_DR = 0x00, CRC_IDR = 0x04, CRC_CR = 0x08, CRC_INIT = 0x10, CRC_POL = 0x14 };

#define CR_RESET    BIT(0)
#define CR_POLYSIZE 3u
#define CR_REV_OUT  BIT(7)

struct crc {
    uint32_t dr, idr, cr, init, pol;
};

static unsigned poly_bits(const struct crc *c)
{
    static const unsigned bits[4] = {32, 16, 8, 7};

    return bits[c->cr >> CR_POLYSIZE & 3];
}

static uint32_t low_bits(unsigned n)
{
    return n == 32 ? 0xFFFFFFFFu : (1u << n) - 1;
}

static uint32_t reverse(uint32_t v, unsigned bits)
{
    uint32_t r = 0;

    for (unsigned i = 0; i < bits; i++) {
        if (v >> i & 1) {
            r |= 1u << (bits - 1 - i);
        }
    }
    return r;
}

/* REV_IN: bits are reversed within each byte, half-word or word of the data written. */
static uint32_t reverse_input(const struct crc *c, uint32_t v, unsigned bits)
{
    static const unsigned group[4] = {0, 8, 16, 32};
    unsigned g = group[c->cr >> 5 & 3], n = g < bits ? g : bits;

    if (!g) {
        return v;
    }
    uint32_t r = 0;
    for (unsigned at = 0; at < bits; at += n) {
        r |= reverse(v >> at & low_bits(n), n) << at;
    }
    return r;
}

static void feed(struct crc *c, uint32_t data, unsigned bits)
{
    unsigned width = poly_bits(c);

    data = reverse_input(c, data & low_bits(bits), bits);
    for (unsigned i = bits; i-- > 0;) { /* most significant bit first */
        bool top = (c->dr >> (width - 1) ^ data >> i) & 1;
        c->dr = c->dr << 1 & low_bits(width);
        if (top) {
            c->dr ^= c->pol & low_bits(width);
        }
    }
}

static void restart(struct crc *c)
{
    c->dr = c->init & low_bits(poly_bits(c));
}

static enum bus_status crc_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    (void)a;
    struct crc *c = self;
    uint32_t v = reg_shift(value, off, size), lanes = reg_lanes(off, size);
    switch (off & ~3u) {
    case CRC_DR:
        feed(c, value, 8 * size);
        break;
    case CRC_IDR:
        c->idr = reg_merge(c->idr, v, lanes);
        break;
    case CRC_CR:
        c->cr = reg_merge(c->cr, v, lanes) & 0xF8;
        if (v & CR_RESET) {
            restart(c);
        }
        break;
    case CRC_INIT: /* also loads DR */
        c->init = reg_merge(c->init, v, lanes);
        restart(c);
        break;
    case CRC_POL:
        c->pol = reg_merge(c->pol, v, lanes);
        break;
    default:
        break;
    }
    return BUS_OK;
}

static uint32_t crc_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    const struct crc *c = self;
    switch (off) {
    case CRC_DR:
        return (c->cr & CR_REV_OUT) ? reverse(c->dr, poly_bits(c)) : c->dr;
    case CRC_IDR:
        return c->idr;
    case CRC_CR:
        return c->cr;
    case CRC_INIT:
        return c->init;
    case CRC_POL:
        return c->pol;
    default:
        return 0;
    }
}

static enum bus_status crc_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    *value = reg_part(crc_peek(self, a->master, off & ~3u), off, size);
    return BUS_OK;
}

static void crc_reset(void *self, bool power_on)
{
    (void)power_on;
    struct crc *c = self;
    *c = (struct crc){.dr = 0xFFFFFFFF, .init = 0xFFFFFFFF, .pol = 0x04C11DB7};
}

static const struct dev_ops crc_ops = {
    .read = crc_read, .write = crc_write, .peek = crc_peek, .reset = crc_reset};

void crc_new(struct machine *m)
{
    struct crc *c = machine_alloc(m, sizeof(*c));

    crc_reset(c, true);
    bus_add_dev(&m->bus, &(struct dev){.name = "CRC",
                                       .base = CRC_BASE,
                                       .size = 0x400,
                                       .gate = GATE(G_AHB4, 19),
                                       .ops = &crc_ops,
                                       .self = c});
}
