/* SPDX-License-Identifier: MIT */
/*
 * ART, the instruction cache of the CM4 (RM0399, ART accelerator). Fetches always see the present
 * flash; but code that was fetched through it, then changed and then runs again without the cache
 * having been emptied is reported: the chip may run the old instructions. Pages of 4 KiB stand for
 * the lines that the cache has.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#include <string.h>

#define CTR_RESET  0x00000004u
#define CTR_EN     BIT(0)
#define CTR_PAGE   0x000FFF00u /* PCACHEADDR: address bits 31:20 of the cached MiB */
#define CTR_FIELDS (CTR_PAGE | CTR_EN)
#define PAGES      256u

struct art {
    struct machine *m;
    uint32_t ctr;
    bool fetched[PAGES], stale[PAGES];
};

static void empty(struct art *t)
{
    memset(t->fetched, 0, sizeof(t->fetched));
    memset(t->stale, 0, sizeof(t->stale));
}

static bool caches(const struct art *t, uint32_t addr)
{
    return t && t->ctr & CTR_EN && addr >> 20 == (t->ctr & CTR_PAGE) >> 8;
}

void art_fetch(struct art *t, uint32_t addr)
{
    unsigned page = addr >> 12 & (PAGES - 1);

    if (!caches(t, addr)) {
        return;
    }
    t->fetched[page] = true;
    if (!t->stale[page]) {
        return;
    }
    t->stale[page] = false;
    machine_note(t->m, N_ART_STALE, addr,
                 "the CM4 runs code near 0x%08x that has changed since it was fetched through the "
                 "ART: the chip may run the old instructions. Clear and set ART_CTR.EN after "
                 "changing code",
                 (unsigned)addr);
}

void art_flash_changed(struct art *t, uint32_t addr, uint32_t len)
{
    for (uint32_t a = addr & ~0xFFFu; a < addr + len; a += 0x1000) {
        if (caches(t, a) && t->fetched[a >> 12 & (PAGES - 1)]) {
            t->stale[a >> 12 & (PAGES - 1)] = true;
        }
    }
}

/* A store that goes through the ART into its page empties it. */
void art_written_through(struct art *t, uint32_t addr)
{
    if (caches(t, addr)) {
        empty(t);
    }
}

static enum bus_status art_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    const struct art *t = self;

    (void)a;
    *value = reg_part(off < 4 ? t->ctr : 0, off, size);
    return BUS_OK;
}

static enum bus_status art_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    struct art *t = self;

    (void)a;
    if (off >= 4) {
        return BUS_OK;
    }
    uint32_t old = t->ctr;
    t->ctr = reg_merge(old, reg_shift(value, off, size), reg_lanes(off, size) & CTR_FIELDS);
    if ((old ^ t->ctr) & CTR_FIELDS) {
        empty(t);
    }
    return BUS_OK;
}

static uint32_t art_peek(void *self, enum core_id view, uint32_t off)
{
    const struct art *t = self;

    (void)view;
    return off < 4 ? t->ctr : 0;
}

static void art_reset(void *self, bool power_on)
{
    struct art *t = self;

    (void)power_on;
    t->ctr = CTR_RESET;
    empty(t);
}

static const struct dev_ops ops = {art_read, art_write, art_peek, art_reset};

void art_new(struct machine *m)
{
    struct art *t = machine_alloc(m, sizeof(*t));

    t->m = m;
    m->art = t;
    struct dev d = {.name = "ART",
                    .base = ART_BASE,
                    .size = 0x400,
                    .gate = GATE(G_AHB1, 14),
                    .ops = &ops,
                    .self = t};
    bus_add_dev(&m->bus, &d);
}
