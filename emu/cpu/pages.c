/* SPDX-License-Identifier: MIT */
/*
 * What of the memory the engine may read, write and execute by itself: mapping, permissions by
 * page, flash sectors that are busy or damaged.
 */
#define _GNU_SOURCE
#include "emu/chip/chip.h"
#include "emu/cpu/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ADDRESS_SPACE   (1ull << 32)
#define READS_TO_UNTRAP 64   /* slow reads of a trapped sector before it is made direct again */
#define READS_TO_SPLIT  4096 /* of a sector with bad words before its pages are told apart */

/* ---- mapping ---- */

static unsigned natural(const struct mem *mem)
{
    return mem->kind == MEM_RAM ? ENGINE_READ | ENGINE_WRITE | ENGINE_EXEC
                                : ENGINE_READ | ENGINE_EXEC;
}

/* Flash in sectors, so that trapping one splits no region of the engine. */
static bool map_mem(struct core *c, const struct mem *mem)
{
    uint32_t piece = mem->kind == MEM_FLASH ? SECTOR_SIZE : mem->size;

    for (uint32_t off = 0; off < mem->size; off += piece) {
        uint32_t len = mem->size - off < piece ? mem->size - off : piece;
        if (!engine_map(c->engine, mem->base + off, len, mem->host + off, natural(mem))) {
            return false;
        }
    }
    memset(c->perms + (mem->base >> PAGE_SHIFT), (int)natural(mem), mem->size >> PAGE_SHIFT);
    return true;
}

/* Reserves backing for all that is not memory: junk may be stored there, nobody reads it back. */
static bool map_holes(struct core *c)
{
    c->hole_len = ADDRESS_SPACE;
    c->hole_host = mmap(NULL, c->hole_len, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (c->hole_host == MAP_FAILED) {
        return false;
    }
    uint64_t at = memory_in_alias(c, 0) ? ALIAS_SIZE : 0; /* the alias is mapped at reset */
    while (at < ADDRESS_SPACE) {
        uint64_t end = ADDRESS_SPACE, next = ADDRESS_SPACE;
        for (unsigned i = 0; i < c->m->bus.nmems; i++) {
            const struct mem *mem = &c->m->bus.mems[i];
            if (!memory_sees(c, mem) || (uint64_t)mem->base + mem->size <= at) {
                continue;
            }
            if (mem->base < end) {
                end = mem->base < at ? at : mem->base;
                next = (uint64_t)mem->base + mem->size;
            }
        }
        if (end > at &&
            !engine_map(c->engine, (uint32_t)at, end - at, (uint8_t *)c->hole_host + at, 0)) {
            return false;
        }
        at = next;
    }
    return true;
}

/* RAM first: Unicorn looks regions up in the order in which they came. */
static bool map_mems(struct core *c, bool ram)
{
    for (unsigned i = 0; i < c->m->bus.nmems; i++) {
        const struct mem *mem = &c->m->bus.mems[i];
        if (memory_sees(c, mem) && (mem->kind == MEM_RAM) == ram && !map_mem(c, mem)) {
            return false;
        }
    }
    return true;
}

bool memory_init(struct core *c)
{
    c->perms = calloc(PAGES, 1);
    c->executed = calloc(PAGES, 1);
    c->code_trap = calloc(PAGES, 1);
    if (!c->perms || !c->executed || !c->code_trap) {
        return false;
    }
    return map_mems(c, true) && map_mems(c, false) && map_holes(c);
}

void memory_free(struct core *c)
{
    if (c->hole_host) {
        munmap(c->hole_host, c->hole_len);
    }
    free(c->perms);
    free(c->executed);
    free(c->code_trap);
}

/* Read-trapped always: only code runs there at speed. */
void memory_boot_alias(struct core *c)
{
    if (c->id != CM4) {
        return;
    }
    const struct mem *mem = bus_find_mem(&c->m->bus, c->boot_addr, c->id);
    uint8_t *host = c->hole_host;
    if (mem && mem->size - (c->boot_addr - mem->base) >= ALIAS_SIZE) {
        host = mem->host + (c->boot_addr - mem->base);
    }
    if (c->alias_mapped) {
        engine_unmap(c->engine, 0, ALIAS_SIZE);
    }
    engine_map(c->engine, 0, ALIAS_SIZE, host, host == c->hole_host ? 0 : ENGINE_EXEC);
    engine_invalidate(c->engine, 0, ALIAS_SIZE);
    c->alias_mapped = true;
}

/* ---- direct permissions ---- */

static bool flash_page_trapped(const struct core *c, uint32_t addr)
{
    unsigned s = (addr - FLASH_BASE) / SECTOR_SIZE;

    if (!c->flash_trap[s]) {
        return false;
    }
    return !c->flash_split[s] || !flash_direct(c->m->flash, addr, PAGE_SIZE);
}

static bool tcm(uint32_t addr)
{
    return addr < 0x00010000u || addr - 0x20000000u < 0x00020000u;
}

static unsigned desired(const struct core *c, const struct mem *mem, uint32_t addr)
{
    unsigned p = natural(mem), page = addr >> PAGE_SHIFT;

    if (c->ccr & CCR_UNALIGN_TRP) {
        p = ENGINE_EXEC;
    }
    if (mem->kind == MEM_FLASH && flash_page_trapped(c, addr)) {
        p &= ~(unsigned)ENGINE_READ;
    }
    if (((c->watch_data && mem->kind == MEM_RAM) || core_dcache_on(c)) && !tcm(addr)) {
        p &= ENGINE_EXEC;
    }
    if (c->code_trap[page]) {
        p &= ~(unsigned)ENGINE_WRITE;
    }
    if (c->nwatches && debug_watched_page(c, page, 2)) {
        p &= ~(unsigned)ENGINE_READ;
    }
    if (c->nwatches && debug_watched_page(c, page, 1)) {
        p &= ~(unsigned)ENGINE_WRITE;
    }
    return p & (mpu_direct(c, addr) | ENGINE_EXEC);
}

/* A change of permission makes Unicorn map the whole region anew, and from then on it does not know
 * which of its translations a store to the region outdates: they have to go before. */
static void forget_code(struct core *c, const struct mem *mem, uint32_t from, uint32_t to)
{
    uint32_t lo = mem->base, hi = mem->base + mem->size;

    if (mem->kind == MEM_FLASH) { /* a region for each sector */
        lo = from & ~(SECTOR_SIZE - 1);
        hi = (to + SECTOR_SIZE - 1) & ~(SECTOR_SIZE - 1);
    }
    for (uint32_t page = lo >> PAGE_SHIFT; page < hi >> PAGE_SHIFT; page++) {
        if (c->executed[page]) {
            engine_invalidate(c->engine, page << PAGE_SHIFT, PAGE_SIZE);
        }
    }
}

void memory_refresh_range(struct core *c, const struct mem *mem, uint32_t from, uint32_t to)
{
    while (from < to) {
        unsigned want = desired(c, mem, from);
        uint32_t end = from;
        bool differs = false;
        while (end < to && desired(c, mem, end) == want) {
            differs |= c->perms[end >> PAGE_SHIFT] != want;
            c->perms[end >> PAGE_SHIFT] = (uint8_t)want;
            end += PAGE_SIZE;
        }
        if (differs) {
            forget_code(c, mem, from, end);
            engine_protect(c->engine, from, end - from, want);
        }
        from = end;
    }
}

void memory_refresh(struct core *c)
{
    c->pages_dirty = false;
    dcache_mpu_changed(c);
    memory_fetch_flush(c);
    for (unsigned i = 0; i < c->m->bus.nmems; i++) {
        const struct mem *mem = &c->m->bus.mems[i];
        if (memory_sees(c, mem)) {
            memory_refresh_range(c, mem, mem->base, mem->base + mem->size);
        }
    }
}

/* ---- flash that cannot be read directly ---- */

static void protect_sector(struct core *c, unsigned s)
{
    uint32_t base = FLASH_BASE + s * SECTOR_SIZE;
    const struct mem *mem = bus_find_mem(&c->m->bus, base, c->id);

    if (mem) {
        memory_refresh_range(c, mem, base, base + SECTOR_SIZE);
    }
}

void memory_refresh_flash(struct core *c)
{
    for (unsigned s = 0; s < SECTORS; s++) {
        if (c->flash_dirty & 1u << s) {
            protect_sector(c, s);
        }
    }
    c->flash_dirty = 0;
}

/* Unicorn frees its memory maps when a permission changes; done inside a hook of the very access,
 * it goes on with what was freed. So a running core does it before its next instruction. */
static void refresh_sector(struct core *c, unsigned s)
{
    c->flash_dirty |= 1u << s;
    if (c->in_run) {
        core_look(c);
    } else {
        memory_refresh_flash(c);
    }
}

static void trap_sector(struct core *c, unsigned s)
{
    c->slow_reads[s] = 0;
    if (c->flash_trap[s] && !c->flash_split[s]) {
        return;
    }
    c->flash_trap[s] = true;
    c->flash_split[s] = false;
    refresh_sector(c, s);
}

/* Trapping is at once, untrapping lazy: a bank goes busy and idle for every word programmed. */
void core_flash_changed(struct core *c, uint32_t addr, uint32_t len, bool content)
{
    memory_fetch_flush(c);
    uint32_t end = addr + len;
    for (uint32_t a = addr & ~(SECTOR_SIZE - 1); a < end; a += SECTOR_SIZE) {
        unsigned s = (a - FLASH_BASE) / SECTOR_SIZE;
        uint32_t lo = a < addr ? addr : a, hi = a + SECTOR_SIZE < end ? a + SECTOR_SIZE : end;
        if (s >= SECTORS) {
            break;
        }
        if ((!c->flash_trap[s] || c->flash_split[s]) && !flash_direct(c->m->flash, lo, hi - lo)) {
            trap_sector(c, s);
        }
    }
    if (!content) {
        return;
    }
    for (uint32_t page = addr >> PAGE_SHIFT; page <= (end - 1) >> PAGE_SHIFT; page++) {
        if (c->executed[page]) {
            uint32_t lo = page << PAGE_SHIFT;
            engine_invalidate(c->engine, lo, PAGE_SIZE);
            if (c->id == CM4 && lo - c->boot_addr < ALIAS_SIZE) {
                engine_invalidate(c->engine, lo - c->boot_addr, PAGE_SIZE);
            }
        }
    }
}

void memory_count_slow_read(struct core *c, uint32_t addr)
{
    unsigned s = (addr - FLASH_BASE) / SECTOR_SIZE;

    if (s >= SECTORS || !c->flash_trap[s] || c->flash_split[s]) {
        return;
    }
    uint32_t n = ++c->slow_reads[s];
    if (n % READS_TO_UNTRAP) {
        return;
    }
    uint32_t base = FLASH_BASE + s * SECTOR_SIZE;
    if (flash_direct(c->m->flash, base, SECTOR_SIZE)) {
        c->flash_trap[s] = false;
    } else if (n >= READS_TO_SPLIT && !flash_bank_busy(c->m->flash, s >= SECTORS / 2)) {
        c->flash_split[s] = true;
    } else {
        return;
    }
    refresh_sector(c, s);
}
