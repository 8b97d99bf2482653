/* SPDX-License-Identifier: MIT */
/*
 * What of the memory the engine may read, write and execute by itself: mapping, permissions by
 * page, flash sectors that are busy or damaged.
 */
#define _GNU_SOURCE
#include "chip/stm32h7/memory.h"
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

/*
 * Regions of the engine are never split: the pieces would get numbers beyond 32 bits inside of
 * Unicorn, and from then on dropping translations of code there would silently do nothing. So a
 * permission holds for a whole window (a RAM, a sector of flash), and pages are told apart by the
 * hooks. Nor is one ever mapped again: a permission changes in place, and translations stay.
 */
static bool map_window(struct core *c, uint32_t base, uint32_t size, uint8_t *host, bool readable)
{
    unsigned perms = ENGINE_EXEC | (readable ? ENGINE_READ : 0);

    if (c->nwindows == MAX_WINDOWS || !engine_map(c->engine, base, size, host, perms)) {
        return false;
    }
    c->windows[c->nwindows++] = (struct window){base, size, readable};
    return true;
}

static bool map_mem(struct core *c, const struct mem *mem)
{
    uint32_t piece = mem->kind == MEM_FLASH ? MEM_SECTOR_SIZE : mem->size;

    for (uint32_t off = 0; off < mem->size; off += piece) {
        uint32_t len = mem->size - off < piece ? mem->size - off : piece;
        if (!map_window(c, mem->base + off, len, mem->host + off, true)) {
            return false;
        }
    }
    memset(c->perms + (mem->base >> PAGE_SHIFT), (int)natural(mem), mem->size >> PAGE_SHIFT);
    return true;
}

/* The M4's boot memory at 0 has a copy of its content: two regions of the engine at one host
 * address would take each other's translations for theirs. Only code is run from it at speed, loads
 * are looked at and see the memory itself. */
static bool map_alias(struct core *c)
{
    if (c->id != CM4) {
        return true;
    }
    c->alias_copy = aligned_alloc(PAGE_SIZE, ALIAS_SIZE);
    if (!c->alias_copy) {
        return false;
    }
    memset(c->alias_copy, 0, ALIAS_SIZE);
    return map_window(c, 0, ALIAS_SIZE, c->alias_copy, false);
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
    uint64_t at = memory_in_alias(c, 0) ? ALIAS_SIZE : 0;
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

/* What code can run from comes before the holes, which take up all 32 bits of Unicorn's numbers. */
static bool map_mems(struct core *c)
{
    for (unsigned i = 0; i < c->m->bus.nmems; i++) {
        const struct mem *mem = &c->m->bus.mems[i];
        if (memory_sees(c, mem) && !map_mem(c, mem)) {
            return false;
        }
    }
    return map_alias(c);
}

bool memory_init(struct core *c)
{
    c->perms = calloc(PAGES, 1);
    c->executed = calloc(PAGES, 1);
    c->code_here = calloc(PAGES, 1);
    if (!c->perms || !c->executed || !c->code_here) {
        return false;
    }
    return map_mems(c) && map_holes(c);
}

void memory_free(struct core *c)
{
    if (c->hole_host) {
        munmap(c->hole_host, c->hole_len);
    }
    free(c->perms);
    free(c->executed);
    free(c->code_here);
    free(c->alias_copy);
}

/* [addr, addr + len) on the bus has changed, or the boot address: the copy at 0 follows. */
void memory_alias_follow(struct core *c, uint32_t addr, uint32_t len)
{
    for (uint32_t at = addr & ~(PAGE_SIZE - 1); at - addr < len || at < addr; at += PAGE_SIZE) {
        uint32_t lo = at < addr ? addr : at, off = lo - c->boot_addr,
                 hi = addr + len - at < PAGE_SIZE ? addr + len : at + PAGE_SIZE;

        if (c->id == CM4 && off < ALIAS_SIZE) { /* no more than that: code beside data stays */
            bus_peek(&c->m->bus, CM4, lo, c->alias_copy + off, hi - lo);
            engine_invalidate(c->engine, off, hi - lo);
        }
    }
}

/* Boot addresses are multiples of 64 KiB, so no page of the copy comes from two. */
void memory_boot_alias(struct core *c)
{
    if (c->id != CM4) {
        return;
    }
    memset(c->executed, 0, ALIAS_SIZE >> PAGE_SHIFT);
    memory_alias_follow(c, c->boot_addr, ALIAS_SIZE);
}

/* ---- direct permissions ---- */

static bool flash_page_trapped(const struct core *c, uint32_t addr)
{
    unsigned s = (addr - MEM_FLASH_BASE) / MEM_SECTOR_SIZE;

    if (!c->flash_trap[s]) {
        return false;
    }
    return !c->flash_split[s] || !flash_direct(c->m->flash, addr, PAGE_SIZE);
}

static bool tcm(uint32_t addr)
{
    return addr - MEM_ITCM_BASE < MEM_ITCM_SIZE || addr - MEM_DTCM_BASE < MEM_DTCM_SIZE;
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
    if (c->code_here[page]) {
        p &= ~(unsigned)ENGINE_WRITE;
    }
    if (c->nwatches && debug_watched_page(c, page, 2)) {
        p &= ~(unsigned)ENGINE_READ;
    }
    if (c->nwatches && debug_watched_page(c, page, 1 | WATCH_TELL)) {
        p &= ~(unsigned)ENGINE_WRITE;
    }
    return p & (mpu_direct(c, addr) | ENGINE_EXEC);
}

/* The engine may read a window by itself if it may read all of its pages. It never stores by
 * itself: see memory_write_hook(). */
static void settle(struct core *c, struct window *w)
{
    bool readable = true;

    for (uint32_t page = w->base >> PAGE_SHIFT; page < (w->base + w->size) >> PAGE_SHIFT; page++) {
        readable = readable && c->perms[page] & ENGINE_READ;
    }
    if (readable != w->readable) {
        w->readable = readable;
        engine_protect(c->engine, w->base, w->size, ENGINE_EXEC | (readable ? ENGINE_READ : 0));
    }
}

void memory_refresh_range(struct core *c, const struct mem *mem, uint32_t from, uint32_t to)
{
    for (uint32_t at = from; at < to; at += PAGE_SIZE) {
        c->perms[at >> PAGE_SHIFT] = (uint8_t)desired(c, mem, at);
    }
    memory_store_flush(c);
    for (unsigned i = 0; i < c->nwindows; i++) {
        if (c->windows[i].base < to && from < c->windows[i].base + c->windows[i].size) {
            settle(c, &c->windows[i]);
        }
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

static void refresh_sector(struct core *c, unsigned s)
{
    uint32_t base = MEM_FLASH_BASE + s * MEM_SECTOR_SIZE;
    const struct mem *mem = bus_find_mem(&c->m->bus, base, c->id);

    if (mem) {
        memory_refresh_range(c, mem, base, base + MEM_SECTOR_SIZE);
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
    for (uint32_t a = addr & ~(MEM_SECTOR_SIZE - 1); a < end; a += MEM_SECTOR_SIZE) {
        unsigned s = (a - MEM_FLASH_BASE) / MEM_SECTOR_SIZE;
        uint32_t lo = a < addr ? addr : a,
                 hi = a + MEM_SECTOR_SIZE < end ? a + MEM_SECTOR_SIZE : end;
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
    memory_code_changed(c, addr, len);
}

void memory_count_slow_read(struct core *c, uint32_t addr)
{
    unsigned s = (addr - MEM_FLASH_BASE) / MEM_SECTOR_SIZE;

    if (s >= SECTORS || !c->flash_trap[s] || c->flash_split[s]) {
        return;
    }
    uint32_t n = ++c->slow_reads[s];
    if (n % READS_TO_UNTRAP) {
        return;
    }
    uint32_t base = MEM_FLASH_BASE + s * MEM_SECTOR_SIZE;
    if (flash_direct(c->m->flash, base, MEM_SECTOR_SIZE)) {
        c->flash_trap[s] = false;
    } else if (n >= READS_TO_SPLIT && !flash_bank_busy(c->m->flash, s >= SECTORS / 2)) {
        c->flash_split[s] = true;
    } else {
        return;
    }
    refresh_sector(c, s);
}
