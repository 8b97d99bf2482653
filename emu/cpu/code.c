/* SPDX-License-Identifier: MIT */
/*
 * Fetching, and code that somebody rewrites: a page of RAM that a core has executed from is
 * write-trapped in every other window and in the other core, so a write there drops the stale
 * translations at once. A write by the same core through the same window is the engine's own
 * business.
 */
#include "emu/chip/chip.h"
#include "emu/cpu/memory.h"

/* ---- code coherence ---- */

static void trap_window(struct core *c, const struct mem *mem, uint32_t window)
{
    uint8_t *trap = &c->code_trap[window >> PAGE_SHIFT];

    if (*trap) {
        return;
    }
    *trap = 1;
    if (c->in_run) {
        c->pages_dirty = true; /* not from inside a hook */
    } else {
        memory_refresh_range(c, mem, window, window + PAGE_SIZE);
    }
}

/* c runs code from the page of RAM at `addr` in `of`: all other windows are trapped, of both
 * cores. */
static void trap_other_windows(struct core *c, uint32_t addr, const struct mem *of)
{
    for (unsigned k = 0; k < CORES; k++) {
        struct core *other = c->m->core[k];
        for (unsigned i = 0; other && i < c->m->bus.nmems; i++) {
            const struct mem *mem = &c->m->bus.mems[i];
            if (!memory_sees(other, mem) || mem->origin != of->origin) {
                continue;
            }
            uint32_t window = mem->base + (addr - of->base);
            if (other != c || window != addr) {
                trap_window(other, mem, window);
            }
        }
    }
}

void memory_written(struct machine *m, const struct mem *of, uint32_t addr, uint32_t len,
                    const struct core *own)
{
    for (unsigned k = 0; k < CORES; k++) {
        struct core *c = m->core[k];
        for (unsigned i = 0; c && i < m->bus.nmems; i++) {
            const struct mem *mem = &m->bus.mems[i];
            if (!memory_sees(c, mem) || mem->origin != of->origin) {
                continue;
            }
            uint32_t window = mem->base + (addr - of->base);
            if (c->executed[window >> PAGE_SHIFT] && !(c == own && window == addr)) {
                engine_invalidate(c->engine, window & ~3u, len + 4);
            }
        }
    }
}

void core_ram_changed(struct core *c, uint32_t addr, uint32_t len)
{
    for (uint32_t a = addr & ~(PAGE_SIZE - 1); a - addr < len || a < addr; a += PAGE_SIZE) {
        if (c->executed[a >> PAGE_SHIFT]) {
            engine_invalidate(c->engine, a, PAGE_SIZE);
        }
    }
}

/* ---- fetching ---- */

static void fetch_fault(struct core *c, uint32_t pc, enum access a)
{
    c->pc = pc;
    c->it_now = c->it_next;
    c->fault = (struct fault){a == ACCESS_MPU ? IACCVIOL : IBUSERR, 0};
    core_halt(c, a == ACCESS_STALL ? HALT_STALL : HALT_FAULT);
    if (a == ACCESS_STALL) {
        c->insns++; /* taken back with the stall; it was not begun yet */
    }
}

static enum access check_flash_fetch(struct core *c, uint32_t pc)
{
    const struct bus_access a = {.master = c->id, .privileged = privileged(c), .fetch = true};
    uint32_t v;

    for (uint32_t at = pc & ~3u; at < pc + 4;
         at += 4) { /* a 32-bit instruction may span two words */
        enum bus_status s = bus_read(&c->m->bus, &a, at, 4, &v);
        if (s == BUS_STALL) {
            return ACCESS_STALL;
        }
        if (s == BUS_ERROR) {
            return ACCESS_BUS;
        }
        if ((pc & 3) == 2 && (insn_halfword(c, pc) & 0xe000) != 0xe000) {
            break; /* 16-bit instruction in the upper half */
        }
    }
    return ACCESS_OK;
}

void memory_fetch_flush(struct core *c)
{
    c->fetch_size = 0;
    for (unsigned i = 0; i < FETCH_LINES; i++) {
        c->fetch_cache[i].base = 1;
    }
}

static struct fetch_line *fetch_line(struct core *c, uint32_t pc)
{
    return &c->fetch_cache[pc >> PAGE_SHIFT & (FETCH_LINES - 1)];
}

static void fetch_from(struct core *c, const struct fetch_line *l)
{
    c->fetch_base = l->base;
    c->fetch_host = l->host;
    c->fetch_size = PAGE_SIZE;
}

/* First instruction of a page. False: the engine stops to set traps, then comes back. */
static bool enter_page(struct core *c, uint32_t pc, const struct mem *mem)
{
    uint32_t page = pc >> PAGE_SHIFT;

    if (c->executed[page]) {
        return true;
    }
    c->executed[page] = c->executed[memory_bus_addr(c, pc) >> PAGE_SHIFT] = 1;
    if (mem->kind == MEM_RAM) {
        trap_other_windows(c, memory_bus_addr(c, pc) & ~(PAGE_SIZE - 1), mem);
    }
    if (!c->pages_dirty || c->it_next) {
        return true;
    }
    core_halt(c, HALT_LOOK);
    return false;
}

const uint8_t *memory_fetch_page(struct core *c, uint32_t pc)
{
    uint32_t addr = memory_bus_addr(c, pc), start = addr & ~(PAGE_SIZE - 1);
    struct fetch_line *line = fetch_line(c, pc);

    if (c->id == CM4 && addr - FLASH_BASE < FLASH_SIZE) {
        art_fetch(c->m->art, addr);
    }
    if (line->base == (pc & ~(PAGE_SIZE - 1))) {
        fetch_from(c, line);
        return line->host;
    }
    c->fetch_size = 0;
    const struct mem *mem = bus_find_mem(&c->m->bus, addr, c->id);
    bool direct = mem && (mem->kind != MEM_FLASH || flash_direct(c->m->flash, start, PAGE_SIZE));
    enum access a = !mpu_allows(c, pc, MPU_FETCH, privileged(c)) ? ACCESS_MPU
                    : !mem                                       ? ACCESS_BUS
                    : direct                                     ? ACCESS_OK
                                                                 : check_flash_fetch(c, addr);
    if (a != ACCESS_OK) {
        fetch_fault(c, pc, a);
        return NULL;
    }
    const uint8_t *host = mem->host + (start - mem->base);
    if (!enter_page(c, pc, mem)) {
        return NULL;
    }
    if (direct && mpu_direct(c, pc & ~(PAGE_SIZE - 1)) & ENGINE_EXEC) {
        *line = (struct fetch_line){pc & ~(PAGE_SIZE - 1), host};
        fetch_from(c, line);
    }
    return host;
}
