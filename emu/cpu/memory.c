/*
 * What a core sees at an address.
 *
 * RAM and readable flash are mapped into the engine and run at full speed ("direct"). Everything
 * else is mapped without permission over backing pages nobody else uses, so that each access comes
 * to the hooks below: devices, the private peripheral bus, reserved space, a busy or damaged flash
 * sector, RAM under an MPU region that one page cannot express, RAM that another window or core
 * runs code from.
 *
 * Code coherence: a page of RAM that a core has executed from is write-trapped in every other
 * window and in the other core, so a write there drops the stale translations at once. A write by
 * the same core through the same window is the engine's own business.
 */
#define _GNU_SOURCE
#include "emu/chip/chip.h"
#include "emu/cpu/internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ADDRESS_SPACE   (1ull << 32)
#define READS_TO_UNTRAP 64   /* slow reads of a trapped sector before it is made direct again */
#define READS_TO_SPLIT  4096 /* of a sector with bad words before its pages are told apart */

static bool sees(const struct core *c, const struct mem *mem)
{
    return mem->cores & 1u << c->id;
}

/* Address on the bus: the M4 finds its boot memory at 0 too. */
static uint32_t bus_addr(const struct core *c, uint32_t addr)
{
    return c->id == CM4 && addr < ALIAS_SIZE ? addr + c->boot_addr : addr;
}

static bool in_alias(const struct core *c, uint32_t addr)
{
    return c->id == CM4 && addr < ALIAS_SIZE;
}

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
        if (!engine_map(c->engine, mem->base + off, len, mem->host + off, natural(mem)))
            return false;
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
    if (c->hole_host == MAP_FAILED)
        return false;
    uint64_t at = in_alias(c, 0) ? ALIAS_SIZE : 0; /* the alias is mapped at reset */
    while (at < ADDRESS_SPACE) {
        uint64_t end = ADDRESS_SPACE, next = ADDRESS_SPACE;
        for (unsigned i = 0; i < c->m->bus.nmems; i++) {
            const struct mem *mem = &c->m->bus.mems[i];
            if (!sees(c, mem) || (uint64_t)mem->base + mem->size <= at)
                continue;
            if (mem->base < end) {
                end = mem->base < at ? at : mem->base;
                next = (uint64_t)mem->base + mem->size;
            }
        }
        if (end > at &&
            !engine_map(c->engine, (uint32_t)at, end - at, (uint8_t *)c->hole_host + at, 0))
            return false;
        at = next;
    }
    return true;
}

/* RAM first: Unicorn looks regions up in the order in which they came. */
static bool map_mems(struct core *c, bool ram)
{
    for (unsigned i = 0; i < c->m->bus.nmems; i++) {
        const struct mem *mem = &c->m->bus.mems[i];
        if (sees(c, mem) && (mem->kind == MEM_RAM) == ram && !map_mem(c, mem))
            return false;
    }
    return true;
}

bool memory_init(struct core *c)
{
    c->perms = calloc(PAGES, 1);
    c->executed = calloc(PAGES, 1);
    c->code_trap = calloc(PAGES, 1);
    if (!c->perms || !c->executed || !c->code_trap)
        return false;
    return map_mems(c, true) && map_mems(c, false) && map_holes(c);
}

void memory_free(struct core *c)
{
    if (c->hole_host)
        munmap(c->hole_host, c->hole_len);
    free(c->perms);
    free(c->executed);
    free(c->code_trap);
}

/* Read-trapped always: only code runs there at speed. */
void memory_boot_alias(struct core *c)
{
    if (c->id != CM4)
        return;
    const struct mem *mem = bus_find_mem(&c->m->bus, c->boot_addr, c->id);
    uint8_t *host = c->hole_host;
    if (mem && mem->size - (c->boot_addr - mem->base) >= ALIAS_SIZE)
        host = mem->host + (c->boot_addr - mem->base);
    if (c->alias_mapped)
        engine_unmap(c->engine, 0, ALIAS_SIZE);
    engine_map(c->engine, 0, ALIAS_SIZE, host, host == c->hole_host ? 0 : ENGINE_EXEC);
    engine_invalidate(c->engine, 0, ALIAS_SIZE);
    c->alias_mapped = true;
}

/* ---- direct permissions ---- */

static bool flash_page_trapped(const struct core *c, uint32_t addr)
{
    unsigned s = (addr - FLASH_BASE) / SECTOR_SIZE;
    if (!c->flash_trap[s])
        return false;
    return !c->flash_split[s] || !flash_direct(c->m->flash, addr, PAGE_SIZE);
}

static bool tcm(uint32_t addr)
{
    return addr < 0x00010000u || addr - 0x20000000u < 0x00020000u;
}

static unsigned desired(const struct core *c, const struct mem *mem, uint32_t addr)
{
    unsigned p = natural(mem), page = addr >> PAGE_SHIFT;
    if (c->ccr & CCR_UNALIGN_TRP)
        p = ENGINE_EXEC;
    if (mem->kind == MEM_FLASH && flash_page_trapped(c, addr))
        p &= ~(unsigned)ENGINE_READ;
    if (((c->watch_data && mem->kind == MEM_RAM) || core_dcache_on(c)) && !tcm(addr))
        p &= ENGINE_EXEC;
    if (c->code_trap[page])
        p &= ~(unsigned)ENGINE_WRITE;
    if (c->nwatches && debug_watched_page(c, page, 2))
        p &= ~(unsigned)ENGINE_READ;
    if (c->nwatches && debug_watched_page(c, page, 1))
        p &= ~(unsigned)ENGINE_WRITE;
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
    for (uint32_t page = lo >> PAGE_SHIFT; page < hi >> PAGE_SHIFT; page++)
        if (c->executed[page])
            engine_invalidate(c->engine, page << PAGE_SHIFT, PAGE_SIZE);
}

static void refresh_mem(struct core *c, const struct mem *mem, uint32_t from, uint32_t to)
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
        if (sees(c, mem))
            refresh_mem(c, mem, mem->base, mem->base + mem->size);
    }
}

/* ---- flash that cannot be read directly ---- */

static void protect_sector(struct core *c, unsigned s)
{
    uint32_t base = FLASH_BASE + s * SECTOR_SIZE;
    const struct mem *mem = bus_find_mem(&c->m->bus, base, c->id);
    if (mem)
        refresh_mem(c, mem, base, base + SECTOR_SIZE);
}

void memory_refresh_flash(struct core *c)
{
    for (unsigned s = 0; s < SECTORS; s++)
        if (c->flash_dirty & 1u << s)
            protect_sector(c, s);
    c->flash_dirty = 0;
}

/* Unicorn frees its memory maps when a permission changes; done inside a hook of the very access,
 * it goes on with what was freed. So a running core does it before its next instruction. */
static void refresh_sector(struct core *c, unsigned s)
{
    c->flash_dirty |= 1u << s;
    if (c->in_run)
        core_look(c);
    else
        memory_refresh_flash(c);
}

static void trap_sector(struct core *c, unsigned s)
{
    c->slow_reads[s] = 0;
    if (c->flash_trap[s] && !c->flash_split[s])
        return;
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
        if (s >= SECTORS)
            break;
        if ((!c->flash_trap[s] || c->flash_split[s]) && !flash_direct(c->m->flash, lo, hi - lo))
            trap_sector(c, s);
    }
    if (!content)
        return;
    for (uint32_t page = addr >> PAGE_SHIFT; page <= (end - 1) >> PAGE_SHIFT; page++)
        if (c->executed[page]) {
            uint32_t lo = page << PAGE_SHIFT;
            engine_invalidate(c->engine, lo, PAGE_SIZE);
            if (c->id == CM4 && lo - c->boot_addr < ALIAS_SIZE)
                engine_invalidate(c->engine, lo - c->boot_addr, PAGE_SIZE);
        }
}

static void count_slow_read(struct core *c, uint32_t addr)
{
    unsigned s = (addr - FLASH_BASE) / SECTOR_SIZE;
    if (s >= SECTORS || !c->flash_trap[s] || c->flash_split[s])
        return;
    uint32_t n = ++c->slow_reads[s];
    if (n % READS_TO_UNTRAP)
        return;
    uint32_t base = FLASH_BASE + s * SECTOR_SIZE;
    if (flash_direct(c->m->flash, base, SECTOR_SIZE))
        c->flash_trap[s] = false;
    else if (n >= READS_TO_SPLIT && !flash_bank_busy(c->m->flash, s >= SECTORS / 2))
        c->flash_split[s] = true;
    else
        return;
    refresh_sector(c, s);
}

/* ---- code coherence ---- */

static void trap_window(struct core *c, const struct mem *mem, uint32_t window)
{
    uint8_t *trap = &c->code_trap[window >> PAGE_SHIFT];
    if (*trap)
        return;
    *trap = 1;
    if (c->in_run)
        c->pages_dirty = true; /* not from inside a hook */
    else
        refresh_mem(c, mem, window, window + PAGE_SIZE);
}

/* c runs code from the page of RAM at `addr` in `of`: all other windows are trapped, of both
 * cores. */
static void trap_other_windows(struct core *c, uint32_t addr, const struct mem *of)
{
    for (unsigned k = 0; k < CORES; k++) {
        struct core *other = c->m->core[k];
        for (unsigned i = 0; other && i < c->m->bus.nmems; i++) {
            const struct mem *mem = &c->m->bus.mems[i];
            if (!sees(other, mem) || mem->origin != of->origin)
                continue;
            uint32_t window = mem->base + (addr - of->base);
            if (other != c || window != addr)
                trap_window(other, mem, window);
        }
    }
}

/* RAM at `addr` of `of` was written: by the engine of `own`, which knows it, or by nobody's. */
static void written(struct machine *m, const struct mem *of, uint32_t addr, uint32_t len,
                    const struct core *own)
{
    for (unsigned k = 0; k < CORES; k++) {
        struct core *c = m->core[k];
        for (unsigned i = 0; c && i < m->bus.nmems; i++) {
            const struct mem *mem = &m->bus.mems[i];
            if (!sees(c, mem) || mem->origin != of->origin)
                continue;
            uint32_t window = mem->base + (addr - of->base);
            if (c->executed[window >> PAGE_SHIFT] && !(c == own && window == addr))
                engine_invalidate(c->engine, window & ~3u, len + 4);
        }
    }
}

void core_ram_changed(struct core *c, uint32_t addr, uint32_t len)
{
    for (uint32_t a = addr & ~(PAGE_SIZE - 1); a - addr < len || a < addr; a += PAGE_SIZE)
        if (c->executed[a >> PAGE_SHIFT])
            engine_invalidate(c->engine, a, PAGE_SIZE);
}

/* ---- fetching ---- */

static void fetch_fault(struct core *c, uint32_t pc, enum access a)
{
    c->pc = pc;
    c->it_now = c->it_next;
    c->fault = (struct fault){a == ACCESS_MPU ? IACCVIOL : IBUSERR, 0};
    core_halt(c, a == ACCESS_STALL ? HALT_STALL : HALT_FAULT);
    if (a == ACCESS_STALL)
        c->insns++; /* taken back with the stall; it was not begun yet */
}

static enum access check_flash_fetch(struct core *c, uint32_t pc)
{
    const struct bus_access a = {.master = c->id, .privileged = privileged(c), .fetch = true};
    uint32_t v;
    for (uint32_t at = pc & ~3u; at < pc + 4;
         at += 4) { /* a 32-bit instruction may span two words */
        enum bus_status s = bus_read(&c->m->bus, &a, at, 4, &v);
        if (s == BUS_STALL)
            return ACCESS_STALL;
        if (s == BUS_ERROR)
            return ACCESS_BUS;
        if ((pc & 3) == 2 && (insn_halfword(c, pc) & 0xe000) != 0xe000)
            break; /* 16-bit instruction in the upper half */
    }
    return ACCESS_OK;
}

void memory_fetch_flush(struct core *c)
{
    c->fetch_size = 0;
    for (unsigned i = 0; i < FETCH_LINES; i++)
        c->fetch_cache[i].base = 1;
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
    if (c->executed[page])
        return true;
    c->executed[page] = c->executed[bus_addr(c, pc) >> PAGE_SHIFT] = 1;
    if (mem->kind == MEM_RAM)
        trap_other_windows(c, bus_addr(c, pc) & ~(PAGE_SIZE - 1), mem);
    if (!c->pages_dirty || c->it_next)
        return true;
    core_halt(c, HALT_LOOK);
    return false;
}

const uint8_t *memory_fetch_page(struct core *c, uint32_t pc)
{
    uint32_t addr = bus_addr(c, pc), start = addr & ~(PAGE_SIZE - 1);
    struct fetch_line *line = fetch_line(c, pc);
    if (c->id == CM4 && addr - FLASH_BASE < FLASH_SIZE)
        art_fetch(c->m->art, addr);
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
    if (!enter_page(c, pc, mem))
        return NULL;
    if (direct && mpu_direct(c, pc & ~(PAGE_SIZE - 1)) & ENGINE_EXEC) {
        *line = (struct fetch_line){pc & ~(PAGE_SIZE - 1), host};
        fetch_from(c, line);
    }
    return host;
}

/* ---- slow accesses ---- */

static enum access of_bus(enum bus_status s)
{
    return s == BUS_OK ? ACCESS_OK : s == BUS_STALL ? ACCESS_STALL : ACCESS_BUS;
}

static bool is_ppb(uint32_t addr)
{
    return addr - PPB_BASE < PPB_SIZE;
}

/* One naturally aligned piece. */
static enum access load_piece(struct core *c, uint32_t addr, unsigned size, uint32_t *value,
                              bool priv)
{
    const struct bus_access a = {.master = c->id, .privileged = priv};
    *value = 0;
    c->piece = addr;
    if (is_ppb(addr))
        return scs_read(c, addr, size, value, false);
    if (!dcache_page_open(c, addr, ENGINE_READ) && !mpu_allows(c, addr, MPU_READ, priv))
        return ACCESS_MPU;
    enum access r = of_bus(bus_read(&c->m->bus, &a, bus_addr(c, addr), size, value));
    if (r != ACCESS_OK)
        return r;
    count_slow_read(c, bus_addr(c, addr));
    dcache_load(c, addr, size, value);
    return r;
}

static enum access store_piece(struct core *c, uint32_t addr, unsigned size, uint32_t value,
                               bool priv)
{
    const struct bus_access a = {.master = c->id, .privileged = priv};
    c->piece = addr;
    if (is_ppb(addr))
        return scs_write(c, addr, size, value);
    if (!dcache_page_open(c, addr, ENGINE_WRITE) && !mpu_allows(c, addr, MPU_WRITE, priv))
        return ACCESS_MPU;
    if (dcache_store(c, addr, size, value))
        return ACCESS_OK;
    return of_bus(bus_write(&c->m->bus, &a, bus_addr(c, addr), size, value));
}

static bool bad_alignment(const struct core *c, uint32_t addr, unsigned size)
{
    unsigned mask = size == 8 ? 3 : size - 1;
    return addr & mask && (c->ccr & CCR_UNALIGN_TRP || mpu_device(c, addr));
}

static unsigned piece_size(uint32_t addr, unsigned left)
{
    return !(addr & 3) && left >= 4 ? 4 : !(addr & 1) && left >= 2 ? 2 : 1;
}

static enum access slow_load(struct core *c, uint32_t addr, unsigned size, uint8_t out[8])
{
    if (bad_alignment(c, addr, size))
        return ACCESS_UNALIGNED;
    bool priv = privileged(c);
    for (unsigned i = 0; i < size;) {
        unsigned n = piece_size(addr + i, size - i);
        uint32_t v;
        enum access a = load_piece(c, addr + i, n, &v, priv);
        memcpy(out + i, &v, n);
        if (a != ACCESS_OK)
            return a;
        i += n;
    }
    return ACCESS_OK;
}

static enum access slow_store(struct core *c, uint32_t addr, unsigned size, uint64_t value)
{
    if (bad_alignment(c, addr, size))
        return ACCESS_UNALIGNED;
    bool priv = privileged(c);
    for (unsigned i = 0; i < size;) {
        unsigned n = piece_size(addr + i, size - i);
        enum access a = store_piece(c, addr + i, n, (uint32_t)(value >> 8 * i), priv);
        if (a != ACCESS_OK)
            return a;
        i += n;
    }
    return ACCESS_OK;
}

/* ---- the engine's hooks ---- */

void memory_undo_patches(struct core *c)
{
    while (c->npatches) {
        const struct patch *p = &c->patches[--c->npatches];
        memcpy(p->host, &p->old, p->size);
    }
}

/* Real memory gets another content for the length of one instruction. */
static void patch(struct core *c, uint8_t *host, unsigned size)
{
    if (c->npatches == MAX_PATCHES)
        return; /* cannot be: no instruction makes so many accesses */
    struct patch *p = &c->patches[c->npatches++];
    p->host = host;
    p->size = size;
    memcpy(&p->old, host, size);
}

static bool ignores_bus_faults(const struct core *c)
{
    return c->ccr & CCR_BFHFNMIGN && exc_exec_priority(c) <= -1;
}

static bool abort_access(struct core *c, enum access a)
{
    static const uint32_t bits[] = {[ACCESS_BUS] = PRECISERR | BFARVALID,
                                    [ACCESS_MPU] = DACCVIOL | MMARVALID,
                                    [ACCESS_UNALIGNED] = UNALIGNED};
    if (a == ACCESS_STALL) {
        c->halt = HALT_STALL;
        return false;
    }
    c->fault = (struct fault){bits[a], a == ACCESS_UNALIGNED ? 0 : c->piece};
    if (a == ACCESS_BUS && ignores_bus_faults(c)) {
        c->cfsr |= c->fault.cfsr;
        c->bfar = c->piece;
        return true; /* the load returns junk, the store is lost */
    }
    c->halt = HALT_FAULT;
    return false;
}

static bool watch_stops(struct core *c, uint32_t addr, unsigned size, unsigned kind)
{
    if (!c->nwatches || !debug_watch(c, addr, size, kind))
        return false;
    c->watch_hit = addr;
    c->insns--; /* it runs when the debugger goes on */
    engine_set_reg(c->engine, 15, c->pc);
    c->halt = HALT_DEBUG;
    return true;
}

/* Puts what was read where the engine will look for it. */
static void deliver(struct core *c, uint32_t addr, unsigned size, const uint8_t *data)
{
    const struct mem *mem = bus_find_mem(&c->m->bus, bus_addr(c, addr), c->id);
    uint8_t *host = (uint8_t *)c->hole_host + addr;
    if (mem)
        host = mem->host + (bus_addr(c, addr) - mem->base);
    if (mem && memcmp(host, data, size) == 0)
        return;
    if (mem)
        for (unsigned i = 0; i < size; i += 4)
            patch(c, host + i, size - i < 4 ? size - i : 4);
    memcpy(host, data, size);
}

bool memory_read_hook(void *arg, uint32_t addr, unsigned size)
{
    struct core *c = arg;
    uint8_t data[8] = {0};
    if (c->doomed)
        return true;
    if (watch_stops(c, addr, size, 2))
        return false;
    enum access a = slow_load(c, addr, size, data);
    if (a != ACCESS_OK && !abort_access(c, a))
        return false;
    deliver(c, addr, size, data);
    if (c->watch_data && bus_find_mem(&c->m->bus, bus_addr(c, addr), c->id))
        debug_data(c, addr, size, 0, false);
    return true;
}

/* The engine will store into the backing memory: right for RAM, to be undone for flash and for what
 * the data cache keeps. */
static void after_store(struct core *c, uint32_t addr, unsigned size)
{
    const struct mem *mem = bus_find_mem(&c->m->bus, bus_addr(c, addr), c->id);
    if (!mem)
        return;
    uint8_t *host = mem->host + (bus_addr(c, addr) - mem->base);
    if (mem->kind == MEM_RAM && !dcache_holds(c, addr))
        written(c->m, mem, bus_addr(c, addr), size, c);
    else
        for (unsigned i = 0; i < size; i += 4)
            patch(c, host + i, size - i < 4 ? size - i : 4);
}

#define ACTLR_DISDEFWBUF (1u << 1) /* Cortex-M4 only: no write buffer, all stores precise */

static bool buffered_store(const struct core *c, uint32_t addr)
{
    if (is_ppb(addr))
        return false;
    return c->id == CM7 || !(c->actlr & ACTLR_DISDEFWBUF);
}

bool memory_write_hook(void *arg, uint32_t addr, unsigned size, uint64_t value)
{
    struct core *c = arg;
    if (c->doomed)
        return false;
    if (watch_stops(c, addr, size, 1)) {
        insn_doom(c); /* unlike a load, a refused store does not end the instruction's IT block */
        return false;
    }
    enum access a = slow_store(c, addr, size, value);
    if (a == ACCESS_BUS && buffered_store(c, addr))
        exc_imprecise(c, addr);
    else if (a != ACCESS_OK && !abort_access(c, a)) {
        insn_doom(c);
        return false;
    }
    if (c->watch_data && a == ACCESS_OK && bus_find_mem(&c->m->bus, bus_addr(c, addr), c->id))
        debug_data(c, addr, size, value, true);
    after_store(c, addr, size);
    return true;
}

/* ---- accesses of instructions that are carried out outside of the engine ---- */

enum access memory_store_data(struct core *c, uint32_t addr, unsigned size, uint32_t value)
{
    enum access a = slow_store(c, addr, size, value);
    const struct mem *mem = bus_find_mem(&c->m->bus, bus_addr(c, addr), c->id);
    if (a == ACCESS_OK && mem && mem->kind == MEM_RAM)
        written(c->m, mem, bus_addr(c, addr), size, NULL);
    return a;
}

uint32_t memory_look(const struct core *c, uint32_t addr, unsigned size)
{
    uint32_t v = 0;
    addr = bus_addr(c, addr);
    if (bus_find_mem(&c->m->bus, addr, c->id))
        bus_peek(&c->m->bus, c->id, addr, &v, size);
    return v;
}

bool memory_shared(const struct core *c, uint32_t addr)
{
    const struct mem *mem = bus_find_mem(&c->m->bus, bus_addr(c, addr), c->id);
    return mem && mem->cores == 3;
}

/* ---- accesses of the exception logic ---- */

enum access memory_load(struct core *c, uint32_t addr, uint32_t *value, bool priv)
{
    return load_piece(c, addr & ~3u, 4, value, priv);
}

enum access memory_store(struct core *c, uint32_t addr, uint32_t value, bool priv)
{
    enum access a = store_piece(c, addr & ~3u, 4, value, priv);
    const struct mem *mem = bus_find_mem(&c->m->bus, addr & ~3u, c->id);
    if (a == ACCESS_OK && mem && mem->kind == MEM_RAM)
        written(c->m, mem, addr & ~3u, 4, NULL);
    return a;
}

/* Vector reads pass the MPU. */
enum access memory_load_vector(struct core *c, uint32_t addr, uint32_t *value)
{
    const struct bus_access a = {.master = c->id, .privileged = true};
    *value = 0;
    if (is_ppb(addr))
        return ACCESS_BUS;
    return of_bus(bus_read(&c->m->bus, &a, bus_addr(c, addr), 4, value));
}
