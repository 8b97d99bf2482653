/* SPDX-License-Identifier: MIT */
/* DBGMCU: device identification, debug behaviour bits (RM0399, debug infrastructure). */
#include "chip/stm32h7/blocks.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#define IDC_REV_V 0x20036450u

#define LISTENERS 4 /* the watchdogs */

struct dbgmcu {
    uint32_t word[0x5C / 4];
    bool probe[CORES], halted[CORES];
    struct {
        void (*fn)(void *arg);
        void *arg;
    } listener[LISTENERS];
    unsigned nlisteners;
};

/* Offset, implemented bits. Of the freeze bits those of the watchdogs have an effect; the other
 * timers go on. */
static const struct {
    uint8_t off;
    uint32_t mask;
} regs[] = {
    {0x04, 0x107001FF}, {0x34, BIT(6)},     {0x38, BIT(6)},
    {0x3C, 0x00E00BFF}, {0x40, 0x00E00BFF}, {0x4C, 0x20070003},
    {0x50, 0x20070003}, {0x54, 0x000D1E80}, {0x58, 0x000D1E80},
};

/* Offset for the M7 (that for the M4 is the next word), bit. */
static const struct {
    uint8_t off;
    uint32_t bit;
} freezes[DBG_FREEZES] = {
    [DBG_WWDG1] = {0x34, BIT(6)},
    [DBG_WWDG2] = {0x3C, BIT(11)},
    [DBG_IWDG1] = {0x54, BIT(18)},
    [DBG_IWDG2] = {0x54, BIT(19)},
};

bool dbgmcu_frozen(const struct dbgmcu *d, enum dbg_freeze block)
{
    for (unsigned i = 0; d && i < CORES; i++) {
        if (d->halted[i] && d->word[freezes[block].off / 4 + i] & freezes[block].bit) {
            return true;
        }
    }
    return false;
}

void dbgmcu_on_change(struct dbgmcu *d, void (*fn)(void *arg), void *arg)
{
    if (d && d->nlisteners < LISTENERS) {
        d->listener[d->nlisteners].fn = fn;
        d->listener[d->nlisteners++].arg = arg;
    }
}

static void tell(struct dbgmcu *d)
{
    for (unsigned i = 0; i < d->nlisteners; i++) {
        d->listener[i].fn(d->listener[i].arg);
    }
}

void dbgmcu_halt(struct dbgmcu *d, enum core_id id, bool halted)
{
    d->halted[id] = halted;
    tell(d);
}

static void freeze_for(struct dbgmcu *d, enum core_id id)
{
    for (unsigned i = 0; i < DBG_FREEZES && d->probe[id]; i++) {
        d->word[freezes[i].off / 4 + id] |= freezes[i].bit;
    }
}

void dbgmcu_probe(struct dbgmcu *d, enum core_id id)
{
    d->probe[id] = true;
    freeze_for(d, id);
    tell(d);
}

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
    tell(d);
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
    freeze_for(d, CM7);
    freeze_for(d, CM4);
}

static const struct dev_ops ops = {dbgmcu_read, dbgmcu_write, dbgmcu_peek, dbgmcu_reset};

void dbgmcu_new(struct machine *m)
{
    struct dbgmcu *s = machine_alloc(m, sizeof(*s));

    m->dbgmcu = s;
    struct dev d = {.name = "DBGMCU",
                    .base = DBGMCU_BASE,
                    .size = 0x400,
                    .gate = GATE_NONE,
                    .ops = &ops,
                    .self = s};

    bus_add_dev(&m->bus, &d);
}
