#include "emu/doctor/dcache.h"

#include "emu/doctor/doctor.h"

#include <string.h>

#define SCB_CCR  0xE000ED14u
#define CCR_DC   (1u << 16)
#define DCIMVAC  0xE000EF5Cu /* invalidate by address */
#define DCISW    0xE000EF60u /* invalidate by set and way */
#define DCCMVAU  0xE000EF64u /* clean by address */
#define DCCMVAC  0xE000EF68u
#define DCCSW    0xE000EF6Cu
#define DCCIMVAC 0xE000EF70u /* clean and invalidate */
#define DCCISW   0xE000EF74u

static struct cache_line *find(struct dcache *dc, uint32_t addr)
{
    struct cache_line *set = dc->line[addr / DCACHE_LINE % DCACHE_SETS];
    for (unsigned w = 0; w < DCACHE_WAYS; w++)
        if (set[w].valid && set[w].addr == (addr & ~(DCACHE_LINE - 1u)))
            return &set[w];
    return NULL;
}

static void fill_from_memory(struct doctor *d, uint32_t addr, uint8_t out[DCACHE_LINE])
{
    if (!bus_peek(&d->board.m->bus, CM7, addr, out, DCACHE_LINE))
        memset(out, 0, DCACHE_LINE);
}

static struct cache_line *allocate(struct doctor *d, uint32_t addr)
{
    struct dcache *dc = &d->dcache;
    struct cache_line *set = dc->line[addr / DCACHE_LINE % DCACHE_SETS], *l = NULL;
    for (unsigned w = 0; w < DCACHE_WAYS && !l; w++)
        l = set[w].valid ? NULL : &set[w];
    if (!l)
        l = &set[dc->victim++ % DCACHE_WAYS]; /* written back, as hardware would */
    *l = (struct cache_line){.valid = true, .addr = addr & ~(DCACHE_LINE - 1u)};
    fill_from_memory(d, l->addr, l->data);
    memcpy(l->memory, l->data, DCACHE_LINE);
    return l;
}

static void read_m7(struct doctor *d, const struct cache_line *l, uint32_t addr, unsigned size,
                    uint32_t pc)
{
    uint8_t now[DCACHE_LINE];
    unsigned off = addr % DCACHE_LINE;
    fill_from_memory(d, l->addr, now);
    if (memcmp(now + off, l->data + off, size) != 0)
        finding_add(&d->findings, "after.stale-line", CM7, pc,
                    "0x%08X: the cache line still has 0x%02X, memory has 0x%02X by now",
                    (unsigned)addr, l->data[off], now[off]);
}

static void write_m7(struct cache_line *l, uint32_t addr, unsigned size, uint64_t value,
                     enum cache_policy policy)
{
    for (unsigned i = 0; i < size; i++) {
        unsigned off = addr % DCACHE_LINE + i;
        l->data[off] = (uint8_t)(value >> 8 * i);
        if (policy == CACHE_WRITE_BACK)
            l->dirty |= 1u << off;
        else
            l->memory[off] = l->data[off];
    }
    if (policy == CACHE_WRITE_BACK)
        l->old = false;
}

static void access_m7(struct doctor *d, uint32_t addr, unsigned size, uint64_t value, bool write)
{
    const struct core *c = d->board.m->core[CM7];
    enum cache_policy policy = core_cache_policy(c, addr);
    struct cache_line *l = find(&d->dcache, ram_canonical(addr));
    if (policy == CACHE_NONE || !d->dcache.on)
        return;
    if (!l && write && policy == CACHE_WRITE_THROUGH)
        return; /* no write-allocate */
    if (!l)
        l = allocate(d, ram_canonical(addr));
    if (write)
        write_m7(l, addr, size, value, policy);
    else
        read_m7(d, l, addr, size, core_reg(c, REG_PC));
}

/* Somebody else than the M7: core CM4, or -1 for a DMA controller. */
static void access_memory(struct doctor *d, int core, uint32_t addr, unsigned size, uint64_t value,
                          bool write)
{
    struct cache_line *l = find(&d->dcache, ram_canonical(addr));
    for (unsigned i = 0; l && i < size; i++) {
        unsigned off = addr % DCACHE_LINE + i;
        if (write)
            l->memory[off] = (uint8_t)(value >> 8 * i);
        else if (l->dirty >> off & 1 && l->data[off] != l->memory[off])
            finding_add(&d->findings, "after.dirty-shared", core == CM4 ? CM4 : CM7,
                        core == CM4 ? core_reg(d->board.m->core[CM4], REG_PC) : 0,
                        "0x%08X, read by %s: the M7 has stored 0x%02X, which is only in its cache; "
                        "memory has 0x%02X",
                        (unsigned)(addr + i), core == CM4 ? "the M4" : "DMA", l->data[off],
                        l->memory[off]);
    }
}

void dcache_access(struct doctor *d, int core, uint32_t addr, unsigned size, uint64_t value,
                   bool write)
{
    unsigned first = DCACHE_LINE - addr % DCACHE_LINE; /* an unaligned access may span two lines */
    if (size > first) {
        dcache_access(d, core, addr, first, value, write);
        dcache_access(d, core, addr + first, size - first, value >> 8 * first, write);
        return;
    }
    if (core == CM7)
        access_m7(d, addr, size, value, write);
    else
        access_memory(d, core, addr, size, value, write);
}

void dcache_dma(void *arg, uint32_t addr, unsigned size, uint32_t value, bool write)
{
    struct doctor *d = arg;
    if (d->dcache.on)
        dcache_access(d, -1, addr, size, value, write);
}

static void clean(struct cache_line *l)
{
    for (unsigned i = 0; i < DCACHE_LINE; i++)
        if (l->dirty >> i & 1)
            l->memory[i] = l->data[i];
    l->dirty = 0;
}

static void invalidate(struct doctor *d, struct cache_line *l)
{
    if (l->valid && l->dirty && l->old && d->story[CM7].handed_over)
        finding_add(&d->findings, "jump.dcache-dirty", CM7, core_reg(d->board.m->core[CM7], REG_PC),
                    "the line at 0x%08X, dirty since the bootloader, is invalidated without being "
                    "cleaned: its content is lost",
                    (unsigned)l->addr);
    l->valid = false;
}

static void maintain(struct doctor *d, struct cache_line *l, bool cleans, bool invalidates)
{
    if (!l)
        return;
    if (cleans)
        clean(l);
    if (invalidates)
        invalidate(d, l);
}

static void switch_cache(struct doctor *d, bool on)
{
    if (d->dcache.on == on)
        return;
    d->dcache.on = on;
    watch_data(d);
}

void dcache_register(struct doctor *d, uint32_t addr, uint32_t value)
{
    struct dcache *dc = &d->dcache;
    struct cache_line *way = &dc->line[value >> 5 & (DCACHE_SETS - 1)][value >> 30];
    switch (addr) {
    case SCB_CCR:
        switch_cache(d, value & CCR_DC);
        break;
    case DCIMVAC:
        maintain(d, find(dc, ram_canonical(value)), false, true);
        break;
    case DCCMVAU:
    case DCCMVAC:
        maintain(d, find(dc, ram_canonical(value)), true, false);
        break;
    case DCCIMVAC:
        maintain(d, find(dc, ram_canonical(value)), true, true);
        break;
    case DCISW:
        maintain(d, way, false, true);
        break;
    case DCCSW:
        maintain(d, way, true, false);
        break;
    case DCCISW:
        maintain(d, way, true, true);
        break;
    default:
        break;
    }
}

/* With the cache on, the M7 itself still sees its dirty lines: harmless until somebody invalidates
 * them. With the cache off, they are lost already for all who read memory. */
void dcache_handover(struct doctor *d, uint32_t pc)
{
    unsigned n = 0;
    uint32_t first = 0;
    for (unsigned s = 0; s < DCACHE_SETS; s++)
        for (unsigned w = 0; w < DCACHE_WAYS; w++) {
            struct cache_line *l = &d->dcache.line[s][w];
            if (!l->valid || !l->dirty)
                continue;
            l->old = true;
            first = n++ ? first : l->addr;
        }
    if (n && !d->dcache.on)
        finding_add(&d->findings, "jump.dcache-dirty", CM7, pc,
                    "the cache was switched off with %u dirty lines in it, one at 0x%08X", n,
                    (unsigned)first);
}
