/* SPDX-License-Identifier: MIT */
/* DBGMCU: device identification, debug behaviour bits (RM0399, debug infrastructure). */
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#define IDC_REV_V 0x20036450u

struct dbgmcu {
    uint32_t word[0x5C / 4];
};

/* Offset, implemented bits. The freeze bits are kept but have no effect: a debugger stops the whole
 * emulated chip, timers and watchdogs included. */
static const struct {
    uint8_t off;
    uint32_t mask;
} regs[] = {
    {0x04, 0x107001FF}, {0x34, BIT(6)},     {0x38, BIT(6)},
    {0x3C, 0x00E00BFF}, {0x40, 0x00E00BFF}, {0x4C, 0x20070003},
    {0x50, 0x20070003}, {0x54, 0x000D1E80}, {0x58, 0x000D1E80},
};

static enum bus_status dbgmcu_read(void *self, const struct bus_access *a, uint32_t off,
                                   unsigned size, uint32_t *value)
{
    const struct dbgmcu *d = self;

    (void)a;
    uint32_t w = off < sizeof(d->word) ? d->word[off / 4] : 0;
    *value = reg_part(off < 4 ? IDC_REV_V : w, off, size);
    return BUS_OK;
}

static enum bus_status dbgmcu_write(void *self, const struct bus_access *a, uint32_t off,
                                    unsigned size, uint32_t value)
{
    struct dbgmcu *d = self;

    (void)a;
    for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
        if (regs[i].off == (off & ~3u)) {
            d->word[off / 4] = reg_merge(d->word[off / 4], reg_shift(value, off, size),
                                         reg_lanes(off, size) & regs[i].mask);
        }
    }
    return BUS_OK;
}

static uint32_t dbgmcu_peek(void *self, enum core_id view, uint32_t off)
{
    uint32_t v;
    struct bus_access a = {.master = view};

    dbgmcu_read(self, &a, off, 4, &v);
    return v;
}

static void dbgmcu_reset(void *self, bool power_on)
{
    struct dbgmcu *d = self;

    for (unsigned i = 0; power_on && i < sizeof(d->word) / 4; i++) {
        d->word[i] = 0; /* the debug block ignores every other reset */
    }
}

static const struct dev_ops ops = {dbgmcu_read, dbgmcu_write, dbgmcu_peek, dbgmcu_reset};

void dbgmcu_new(struct machine *m)
{
    struct dbgmcu *s = machine_alloc(m, sizeof(*s));
    struct dev d = {.name = "DBGMCU",
                    .base = 0x5C001000,
                    .size = 0x400,
                    .gate = GATE_NONE,
                    .ops = &ops,
                    .self = s};

    bus_add_dev(&m->bus, &d);
}
