/* SPDX-License-Identifier: MIT */
#include "emu/cpu/dcache.h"
#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"

#include "emu/cpu/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is known of a page, so that the MPU need not be searched for every access. */
enum { PAGE_KNOWN = 0x80, PAGE_POLICY = 4, PAGE_MIXED = 3 };

struct dcache {
    bool on;
    uint8_t page[PAGES]; /* ENGINE_READ | ENGINE_WRITE | policy << PAGE_POLICY | PAGE_KNOWN; 0: not
                            looked at yet */
    uint64_t changes;    /* of lines: come, gone, clean, dirty, found to be stale */
    unsigned victim;     /* of a full set: in turn. The chip chooses pseudo-randomly */
    struct cache_line line[DCACHE_SETS][DCACHE_WAYS];
};

void core_model_dcache(struct core *c)
{
    if (c->dcache || c->id != CM7) {
        return;
    }
    c->dcache = calloc(1, sizeof(*c->dcache));
    if (!c->dcache) {
        fprintf(stderr, "duoemu: out of memory\n");
        abort();
    }
}

void dcache_free(struct core *c)
{
    free(c->dcache);
}

bool core_dcache_on(const struct core *c)
{
    return c->dcache && c->dcache->on;
}

static struct cache_line *find(const struct core *c, uint32_t addr)
{
    struct cache_line *set = c->dcache->line[addr / DCACHE_LINE % DCACHE_SETS];

    for (unsigned w = 0; w < DCACHE_WAYS; w++) {
        if (set[w].valid && set[w].addr == (addr & ~(DCACHE_LINE - 1u))) {
            return &set[w];
        }
    }
    return NULL;
}

const struct cache_line *core_dcache_find(const struct core *c, uint32_t addr)
{
    return c->dcache ? find(c, addr) : NULL;
}

const struct cache_line *core_dcache_line(const struct core *c, unsigned n)
{
    return &c->dcache->line[n / DCACHE_WAYS][n % DCACHE_WAYS];
}

unsigned core_dcache_dirty(const struct core *c, uint32_t *first)
{
    unsigned n = 0;

    for (unsigned i = 0; c->dcache && i < DCACHE_SETS * DCACHE_WAYS; i++) {
        const struct cache_line *l = core_dcache_line(c, i);
        if (l->valid && l->dirty && n++ == 0) {
            *first = l->addr;
        }
    }
    return n;
}

/* ---- attributes of pages ---- */

static uint8_t page_of(const struct core *c, uint32_t addr)
{
    uint8_t *page = &c->dcache->page[addr >> PAGE_SHIFT];
    uint32_t base = addr & ~(PAGE_SIZE - 1);

    if (!*page) {
        unsigned policy = mpu_uniform(c, base) ? (unsigned)core_cache_policy(c, base) : PAGE_MIXED;
        *page = (uint8_t)((mpu_direct(c, base) & (ENGINE_READ | ENGINE_WRITE)) |
                          policy << PAGE_POLICY | PAGE_KNOWN);
    }
    return *page;
}

bool dcache_page_open(const struct core *c, uint32_t addr, unsigned what)
{
    return core_dcache_on(c) && page_of(c, addr) & what;
}

void dcache_mpu_changed(struct core *c)
{
    if (c->dcache) {
        memset(c->dcache->page, 0, sizeof(c->dcache->page));
    }
}

/* In a HardFault or NMI the MPU may be out of force: then nothing is known. */
static enum cache_policy policy_at(const struct core *c, uint32_t addr)
{
    unsigned policy = page_of(c, addr) >> PAGE_POLICY & 3;

    if (policy == PAGE_MIXED || c->ipsr == EXC_NMI || c->ipsr == EXC_HARDFAULT || c->faultmask) {
        return core_cache_policy(c, addr);
    }
    return (enum cache_policy)policy;
}

/* ---- lines and memory ---- */

static void tell(struct core *c, enum cache_event e, const struct cache_line *l, uint32_t addr)
{
    core_tell(c, on_cache, e, l, addr);
}

static void clean(struct core *c, struct cache_line *l)
{
    uint32_t bits = l->dirty;

    c->dcache->changes += bits != 0;
    l->dirty = 0;
    for (unsigned i = 0; i < DCACHE_LINE; i++) {
        if (bits >> i & 1) {
            bus_poke(&c->m->bus, CM7, l->addr + i, &l->data[i], 1);
        }
    }
}

static void invalidate(struct core *c, struct cache_line *l)
{
    if (l->valid && l->dirty) {
        tell(c, CACHE_LOST, l, l->addr);
        machine_note(
            c->m, N_DCACHE_LOST, l->addr,
            "a dirty line of the data cache is invalidated without being cleaned: what was "
            "stored there is lost");
    }
    c->dcache->changes += l->valid;
    l->valid = false;
}

static struct cache_line *allocate(struct core *c, uint32_t addr)
{
    struct dcache *dc = c->dcache;
    struct cache_line *set = dc->line[addr / DCACHE_LINE % DCACHE_SETS], *l = NULL;

    for (unsigned w = 0; w < DCACHE_WAYS && !l; w++) {
        l = set[w].valid ? NULL : &set[w];
    }
    if (!l) {
        l = &set[dc->victim++ % DCACHE_WAYS];
        clean(c, l);
    }
    dc->changes++;
    *l = (struct cache_line){.valid = true, .addr = addr & ~(DCACHE_LINE - 1u)};
    if (!bus_peek(&c->m->bus, CM7, l->addr, l->data, DCACHE_LINE)) {
        memset(l->data, 0, DCACHE_LINE);
    }
    return l;
}

/* ---- accesses of the core: naturally aligned, so never in two lines ---- */

static bool tightly_coupled(uint32_t addr)
{
    return addr - MEM_ITCM_BASE < MEM_ITCM_SIZE || addr - MEM_DTCM_BASE < MEM_DTCM_SIZE;
}

void dcache_load(struct core *c, uint32_t addr, unsigned size, uint32_t *value)
{
    uint32_t seen = 0;

    if (!core_dcache_on(c) || tightly_coupled(addr) || policy_at(c, addr) == CACHE_NONE) {
        return;
    }
    struct cache_line *l = find(c, addr);
    if (!l) {
        l = allocate(c, addr);
    }
    memcpy(&seen, l->data + addr % DCACHE_LINE, size);
    bool own =
        l->dirty >> addr % DCACHE_LINE & ((1u << size) - 1); /* newer than memory, not older */
    if (seen != *value && !own && !l->told) {
        l->told = true;
        c->dcache->changes++;
        tell(c, CACHE_STALE_READ, l, addr);
        machine_note(c->m, N_DCACHE_STALE, addr,
                     "the data cache still has 0x%0*X at 0x%08X, memory has 0x%0*X by now",
                     (int)(2 * size), seen, addr, (int)(2 * size), *value);
    }
    *value = seen;
}

bool dcache_store(struct core *c, uint32_t addr, unsigned size, uint32_t value)
{
    if (!core_dcache_on(c) || tightly_coupled(addr)) {
        return false;
    }
    const struct mem *mem = bus_find_mem(&c->m->bus, addr, CM7);
    enum cache_policy policy = policy_at(c, addr);
    if (!mem || mem->kind != MEM_RAM || policy == CACHE_NONE) {
        return false;
    }
    struct cache_line *l = find(c, addr);
    if (!l && policy == CACHE_WRITE_THROUGH) {
        return false; /* no write-allocate */
    }
    if (!l) {
        l = allocate(c, addr);
    }
    memcpy(l->data + addr % DCACHE_LINE, &value, size);
    if (policy == CACHE_WRITE_THROUGH) {
        return false;
    }
    if (!l->dirty) {
        l->dirtied = machine_now(c->m);
    }
    uint32_t bits = ((1u << size) - 1) << addr % DCACHE_LINE;
    c->dcache->changes += (l->dirty & bits) != bits;
    l->dirty |= bits;
    l->stored = machine_now(c->m);
    return true;
}

bool dcache_holds(const struct core *c, uint32_t addr)
{
    const struct cache_line *l = core_dcache_on(c) ? find(c, addr) : NULL;

    return l && l->dirty >> addr % DCACHE_LINE & 1;
}

uint64_t dcache_changes(const struct core *c)
{
    return core_dcache_on(c) ? c->dcache->changes : 0;
}

bool dcache_look(const struct core *c, uint32_t addr, uint32_t *value)
{
    const struct cache_line *l = core_dcache_on(c) ? find(c, addr) : NULL;

    if (l) {
        memcpy(value, l->data + (addr & ~3u) % DCACHE_LINE, 4);
    }
    return l;
}

/* ---- registers ---- */

static void maintain(struct core *c, struct cache_line *l, bool cleans, bool invalidates)
{
    if (!l || !l->valid) {
        return;
    }
    if (cleans) {
        clean(c, l);
    }
    if (invalidates) {
        invalidate(c, l);
    }
}

void dcache_switch(struct core *c)
{
    bool on = c->ccr & CCR_DC;

    if (!c->dcache || c->dcache->on == on) {
        return;
    }
    c->dcache->on = on;
    c->pages_dirty = true; /* all accesses have to be looked at, or none */
}

void dcache_reset(struct core *c)
{
    if (c->dcache) {
        memset(c->dcache, 0, sizeof(*c->dcache));
    }
}

void dcache_register(struct core *c, uint32_t addr, uint32_t value)
{
    if (!c->dcache || addr < ADDR(SCS, DCIMVAC) || addr > ADDR(SCS, DCCISW)) {
        return;
    }
    bool by_way = addr == ADDR(SCS, DCISW) || addr == ADDR(SCS, DCCSW) || addr == ADDR(SCS, DCCISW);
    struct cache_line *l =
        by_way ? &c->dcache->line[value >> 5 & (DCACHE_SETS - 1)][value >> 30] : find(c, value);
    bool cleans = addr != ADDR(SCS, DCIMVAC) && addr != ADDR(SCS, DCISW);
    bool invalidates =
        addr != ADDR(SCS, DCCMVAU) && addr != ADDR(SCS, DCCMVAC) && addr != ADDR(SCS, DCCSW);
    maintain(c, l, cleans, invalidates);
}
