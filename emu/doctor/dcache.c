/* SPDX-License-Identifier: MIT */
#include "emu/doctor/dcache.h"
#include "chip/stm32h7/memory.h"

#include "emu/doctor/doctor.h"

#include <string.h>

#define SETTLED VT_MS

static uint8_t memory_byte(struct doctor *d, uint32_t addr)
{
    uint8_t byte = 0;

    bus_peek(&d->board.m->bus, CM7, addr, &byte, 1);
    return byte;
}

/* The M7 may know the memory by either of its windows. */
static const struct cache_line *line_of(const struct doctor *d, uint32_t addr)
{
    const struct core *m7 = d->board.m->core[CM7];
    uint32_t other = addr - MEM_SRAM123_BASE < MEM_SRAM123_SIZE
                         ? addr - MEM_SRAM123_BASE + MEM_SRAM123_ALIAS
                         : ram_canonical(addr);
    const struct cache_line *l = core_dcache_find(m7, addr);

    return l || other == addr ? l : core_dcache_find(m7, other);
}

/* ---- doubts ---- */

static void doubt(struct doctor *d, bool stale, int reader, uint32_t addr,
                  const struct cache_line *l)
{
    struct cache_doubt *spare = NULL;

    for (unsigned i = 0; i < CACHE_DOUBTS; i++) {
        struct cache_doubt *x = &d->doubts[i];
        if (x->pending && x->stale == stale && x->addr / DCACHE_LINE == addr / DCACHE_LINE) {
            return;
        }
        spare = x->pending ? spare : x;
    }
    if (!spare) {
        return;
    }
    *spare = (struct cache_doubt){.pending = true,
                                  .stale = stale,
                                  .reader = reader,
                                  .addr = addr,
                                  .pc = reader < 0 ? 0 : core_reg(d->board.m->core[reader], REG_PC),
                                  .at = machine_now(d->board.m),
                                  .cached = l->data[addr % DCACHE_LINE],
                                  .memory = memory_byte(d, addr)};
}

static void was_right(struct doctor *d, const struct cache_doubt *x)
{
    if (x->stale) {
        finding_add(&d->findings, FIND_AFTER_STALE_LINE, CM7, x->pc,
                    "0x%08X: the cache line still has 0x%02X, memory had 0x%02X when it was read",
                    (unsigned)x->addr, x->cached, x->memory);
    } else {
        finding_add(&d->findings, FIND_AFTER_DIRTY_SHARED, x->reader == CM4 ? CM4 : CM7, x->pc,
                    "0x%08X, read by %s: the M7 has stored 0x%02X, which is only in its cache; "
                    "memory has 0x%02X",
                    (unsigned)x->addr, x->reader == CM4 ? "the M4" : "DMA", x->cached, x->memory);
    }
}

void dcache_settle(struct doctor *d)
{
    for (unsigned i = 0; i < CACHE_DOUBTS; i++) {
        struct cache_doubt *x = &d->doubts[i];
        if (!x->pending || d->board.m->now - x->at < SETTLED) {
            continue;
        }
        const struct cache_line *l = line_of(d, x->addr);
        bool dirty = l && l->dirty >> x->addr % DCACHE_LINE & 1 && l->dirtied <= x->at;
        if (x->stale ? l && l->told : dirty) {
            was_right(d, x);
        }
        x->pending = false;
    }
}

/* ---- what happens ---- */

void dcache_event(void *arg, struct core *c, enum cache_event e, const struct cache_line *l,
                  uint32_t addr)
{
    struct story *s = arg;
    struct doctor *d = s->d;

    if (e == CACHE_STALE_READ) {
        doubt(d, true, CM7, addr, l);
    } else if (!s->handed_over && !d->direct[CM7]) {
        finding_add(&d->findings, FIND_JUMP_DCACHE_LOST, CM7, core_reg(c, REG_PC),
                    "the line at 0x%08X is dirty and is invalidated without being cleaned",
                    (unsigned)l->addr);
    } else if (s->handed_over && l->stored < s->handover_at) {
        finding_add(&d->findings, FIND_JUMP_DCACHE_DIRTY, CM7, core_reg(c, REG_PC),
                    "the line at 0x%08X, dirty since the bootloader, is invalidated without being "
                    "cleaned: its content is lost",
                    (unsigned)l->addr);
    }
}

void dcache_outside_read(struct doctor *d, int core, uint32_t addr, unsigned size)
{
    const struct cache_line *l = NULL;

    for (unsigned i = 0; i < size; i++) {
        unsigned off = (addr + i) % DCACHE_LINE;
        if (i == 0 || off == 0) {
            l = line_of(d, addr + i);
        }
        if (l && l->dirty >> off & 1 && l->data[off] != memory_byte(d, l->addr + off)) {
            doubt(d, false, core, addr + i, l);
            return;
        }
    }
}

void dcache_dma(void *arg, uint32_t addr, unsigned size, uint32_t value, bool write)
{
    struct doctor *d = arg;

    if (write && d->nclaims) {
        territory_dma(d, addr, value);
    }
    if (!write && core_dcache_on(d->board.m->core[CM7])) {
        dcache_outside_read(d, -1, addr, size);
    }
}

/* With the cache on, the M7 itself still sees its dirty lines: harmless until somebody invalidates
 * them. With the cache off, they are lost already for all who read memory. */
void dcache_handover(struct doctor *d, uint32_t pc)
{
    const struct core *m7 = d->board.m->core[CM7];
    uint32_t first = 0;
    unsigned n = core_dcache_dirty(m7, &first);

    if (n && !core_dcache_on(m7)) {
        finding_add(&d->findings, FIND_JUMP_DCACHE_DIRTY, CM7, pc,
                    "the cache was switched off with %u dirty lines in it, one at 0x%08X", n,
                    (unsigned)first);
    }
}
