#include "emu/doctor/dcache.h"

#include "emu/doctor/doctor.h"

#include <string.h>

static uint32_t memory_word(struct doctor *d, uint32_t addr)
{
    uint8_t byte = 0;
    bus_peek(&d->board.m->bus, CM7, addr, &byte, 1);
    return byte;
}

void dcache_event(void *arg, struct core *c, enum cache_event e, const struct cache_line *l,
                  uint32_t addr)
{
    struct story *s = arg;
    struct doctor *d = s->d;
    if (e == CACHE_STALE_READ)
        finding_add(&d->findings, "after.stale-line", CM7, core_reg(c, REG_PC),
                    "0x%08X: the cache line still has 0x%02X, memory has 0x%02X by now",
                    (unsigned)addr, l->data[addr % DCACHE_LINE], (unsigned)memory_word(d, addr));
    else if (s->handed_over && l->stored < s->handover_at)
        finding_add(&d->findings, "jump.dcache-dirty", CM7, core_reg(c, REG_PC),
                    "the line at 0x%08X, dirty since the bootloader, is invalidated without being "
                    "cleaned: its content is lost",
                    (unsigned)l->addr);
}

/* The M7 may know the memory by either of its windows. */
static const struct cache_line *line_of(const struct doctor *d, uint32_t addr)
{
    const struct core *m7 = d->board.m->core[CM7];
    uint32_t other = addr - 0x30000000u < 0x48000u ? addr - 0x20000000u : ram_canonical(addr);
    const struct cache_line *l = core_dcache_find(m7, addr);
    return l || other == addr ? l : core_dcache_find(m7, other);
}

void dcache_outside_read(struct doctor *d, int core, uint32_t addr, unsigned size)
{
    const struct cache_line *l = NULL;
    for (unsigned i = 0; i < size; i++) {
        unsigned off = (addr + i) % DCACHE_LINE;
        if (i == 0 || off == 0)
            l = line_of(d, addr + i);
        if (!l || !(l->dirty >> off & 1) || l->data[off] == memory_word(d, l->addr + off))
            continue;
        finding_add(&d->findings, "after.dirty-shared", core == CM4 ? CM4 : CM7,
                    core == CM4 ? core_reg(d->board.m->core[CM4], REG_PC) : 0,
                    "0x%08X, read by %s: the M7 has stored 0x%02X, which is only in its cache; "
                    "memory has 0x%02X",
                    (unsigned)(addr + i), core == CM4 ? "the M4" : "DMA", l->data[off],
                    (unsigned)memory_word(d, l->addr + off));
    }
}

void dcache_dma(void *arg, uint32_t addr, unsigned size, uint32_t value, bool write)
{
    struct doctor *d = arg;
    (void)value;
    if (!write && core_dcache_on(d->board.m->core[CM7]))
        dcache_outside_read(d, -1, addr, size);
}

/* With the cache on, the M7 itself still sees its dirty lines: harmless until somebody invalidates
 * them. With the cache off, they are lost already for all who read memory. */
void dcache_handover(struct doctor *d, uint32_t pc)
{
    const struct core *m7 = d->board.m->core[CM7];
    uint32_t first = 0;
    unsigned n = core_dcache_dirty(m7, &first);
    if (n && !core_dcache_on(m7))
        finding_add(&d->findings, "jump.dcache-dirty", CM7, pc,
                    "the cache was switched off with %u dirty lines in it, one at 0x%08X", n,
                    (unsigned)first);
}
