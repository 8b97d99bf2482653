/* SPDX-License-Identifier: MIT */
/* Accesses that come to the engine's hooks, and those that the core makes itself. */
#include "emu/cpu/memory.h"

#include <string.h>

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
    if (c->poll.state != POLL_OFF) {
        poll_read(c, addr);
    }
    if (is_ppb(addr)) {
        return scs_read(c, addr, size, value, false);
    }
    if (!dcache_page_open(c, addr, ENGINE_READ) && !mpu_allows(c, addr, MPU_READ, priv)) {
        return ACCESS_MPU;
    }
    enum access r = of_bus(bus_read(&c->m->bus, &a, memory_bus_addr(c, addr), size, value));
    if (r != ACCESS_OK) {
        return r;
    }
    memory_count_slow_read(c, memory_bus_addr(c, addr));
    dcache_load(c, addr, size, value);
    return r;
}

static enum access store_piece(struct core *c, uint32_t addr, unsigned size, uint32_t value,
                               bool priv)
{
    const struct bus_access a = {.master = c->id, .privileged = priv};

    c->piece = addr;
    if (is_ppb(addr)) {
        return scs_write(c, addr, size, value);
    }
    if (!dcache_page_open(c, addr, ENGINE_WRITE) && !mpu_allows(c, addr, MPU_WRITE, priv)) {
        return ACCESS_MPU;
    }
    if (dcache_store(c, addr, size, value)) {
        return ACCESS_OK;
    }
    enum access r = of_bus(bus_write(&c->m->bus, &a, memory_bus_addr(c, addr), size, value));
    memory_written(c, memory_bus_addr(c, addr), size);
    return r;
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
    if (bad_alignment(c, addr, size)) {
        return ACCESS_UNALIGNED;
    }
    bool priv = privileged(c);
    for (unsigned i = 0; i < size;) {
        unsigned n = piece_size(addr + i, size - i);
        uint32_t v;
        enum access a = load_piece(c, addr + i, n, &v, priv);
        memcpy(out + i, &v, n);
        if (a != ACCESS_OK) {
            return a;
        }
        i += n;
    }
    return ACCESS_OK;
}

static enum access slow_store(struct core *c, uint32_t addr, unsigned size, uint64_t value)
{
    if (bad_alignment(c, addr, size)) {
        return ACCESS_UNALIGNED;
    }
    bool priv = privileged(c);
    for (unsigned i = 0; i < size;) {
        unsigned n = piece_size(addr + i, size - i);
        enum access a = store_piece(c, addr + i, n, (uint32_t)(value >> 8 * i), priv);
        if (a != ACCESS_OK) {
            return a;
        }
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
    if (c->npatches == MAX_PATCHES) {
        return; /* cannot be: no instruction makes so many accesses */
    }
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
    if (!c->nwatches || !debug_watch(c, addr, size, kind)) {
        return false;
    }
    c->watch_hit = addr;
    c->insns--; /* it runs when the debugger goes on */
    engine_set_reg(c->engine, 15, c->pc);
    c->halt = HALT_DEBUG;
    return true;
}

/* Puts what was read where the engine will look for it. */
static void deliver(struct core *c, uint32_t addr, unsigned size, const uint8_t *data)
{
    const struct mem *mem = bus_find_mem(&c->m->bus, memory_bus_addr(c, addr), c->id);
    uint8_t *host = (uint8_t *)c->hole_host + addr;

    if (mem) {
        host = mem->host + (memory_bus_addr(c, addr) - mem->base);
    }
    if (mem && memcmp(host, data, size) == 0) {
        return;
    }
    if (mem) {
        for (unsigned i = 0; i < size; i += 4) {
            patch(c, host + i, size - i < 4 ? size - i : 4);
        }
    }
    memcpy(host, data, size);
}

static bool readable(const struct core *c, uint32_t addr)
{
    return c->perms[addr >> PAGE_SHIFT] & ENGINE_READ;
}

bool memory_read_hook(void *arg, uint32_t addr, unsigned size)
{
    struct core *c = arg;
    uint8_t data[8] = {0};

    if (c->doomed) {
        return true;
    }
    if (readable(c, addr) && readable(c, addr + size - 1)) {
        return true; /* another page of the window is the reason why this was asked */
    }
    if (watch_stops(c, addr, size, 2)) {
        return false;
    }
    enum access a = slow_load(c, addr, size, data);
    if (a != ACCESS_OK && !abort_access(c, a)) {
        return false;
    }
    deliver(c, addr, size, data);
    if (c->watch_data && bus_find_mem(&c->m->bus, memory_bus_addr(c, addr), c->id)) {
        core_tell(c, on_data, addr, size, 0, false);
    }
    return true;
}

/* ---- stores: the engine leaves them all to us ---- */

void memory_store_flush(struct core *c)
{
    for (unsigned i = 0; i < STORE_LINES; i++) {
        c->store_cache[i].base = 1;
    }
}

static bool enter_store_page(struct core *c, uint32_t addr, struct store_line *line)
{
    const struct mem *mem = NULL;

    if (c->perms[addr >> PAGE_SHIFT] & ENGINE_WRITE) {
        mem = bus_find_mem(&c->m->bus, addr, c->id);
    }
    if (!mem) {
        return false;
    }
    uint32_t base = addr & ~(PAGE_SIZE - 1);
    *line = (struct store_line){base, mem->host + (base - mem->base)};
    return true;
}

/* A store to RAM that nobody has to know of. */
static bool store_direct(struct core *c, uint32_t addr, unsigned size, uint64_t value)
{
    struct store_line *line = &c->store_cache[addr >> PAGE_SHIFT & (STORE_LINES - 1)];
    uint32_t off = addr & (PAGE_SIZE - 1);

    if (off + size > PAGE_SIZE || (line->base != addr - off && !enter_store_page(c, addr, line))) {
        return false;
    }
    pending_stored(c, addr, size, line->host + off);
    memcpy(line->host + off, &value, size); /* host and target are little endian */
    return true;
}

/* The engine repeats an unaligned store byte by byte. */
static bool part_of_whole(const struct core *c, uint32_t addr, unsigned size)
{
    return size == 1 && c->whole.insns == c->insns && addr - c->whole.addr < c->whole.size;
}

static void note_whole(struct core *c, uint32_t addr, unsigned size)
{
    if (addr & (size - 1)) {
        c->whole.insns = c->insns;
        c->whole.addr = addr;
        c->whole.size = size;
    }
}

#define ACTLR_DISDEFWBUF (1u << 1) /* Cortex-M4 only: no write buffer, all stores precise */

static bool buffered_store(const struct core *c, uint32_t addr)
{
    if (is_ppb(addr)) {
        return false;
    }
    return c->id == CM7 || !(c->actlr & ACTLR_DISDEFWBUF);
}

/* True: the store is done, and the engine, for which all memory is read-only, drops it. */
bool memory_write_hook(void *arg, uint32_t addr, unsigned size, uint64_t value)
{
    struct core *c = arg;

    if (c->doomed) {
        return false;
    }
    if (store_direct(c, addr, size, value) || part_of_whole(c, addr, size)) {
        return true;
    }
    if (watch_stops(c, addr, size, 1)) {
        insn_doom(c); /* unlike a load, a refused store does not end the instruction's IT block */
        return false;
    }
    bool tell = (c->watch_data && bus_find_mem(&c->m->bus, memory_bus_addr(c, addr), c->id)) ||
                (c->nwatches && debug_watch(c, addr, size, WATCH_TELL));
    enum access a = slow_store(c, addr, size, value);
    if (a == ACCESS_BUS && buffered_store(c, addr)) {
        exc_imprecise(c, addr);
    } else if (a != ACCESS_OK && !abort_access(c, a)) {
        insn_doom(c);
        return false;
    }
    if (tell && a == ACCESS_OK) {
        core_tell(c, on_data, addr, size, value, true);
    }
    note_whole(c, addr, size);
    return true;
}

/* ---- accesses of instructions that are carried out outside of the engine ---- */

enum access memory_store_data(struct core *c, uint32_t addr, unsigned size, uint32_t value)
{
    return slow_store(c, addr, size, value);
}

uint32_t memory_look(const struct core *c, uint32_t addr, unsigned size)
{
    uint32_t v = 0;

    addr = memory_bus_addr(c, addr);
    if (bus_find_mem(&c->m->bus, addr, c->id)) {
        bus_peek(&c->m->bus, c->id, addr, &v, size);
    }
    return v;
}

bool memory_shared(const struct core *c, uint32_t addr)
{
    const struct mem *mem = bus_find_mem(&c->m->bus, memory_bus_addr(c, addr), c->id);

    return mem && mem->cores == 3;
}

/* ---- accesses of the exception logic ---- */

enum access memory_load(struct core *c, uint32_t addr, uint32_t *value, bool priv)
{
    return load_piece(c, addr & ~3u, 4, value, priv);
}

enum access memory_store(struct core *c, uint32_t addr, uint32_t value, bool priv)
{
    return store_piece(c, addr & ~3u, 4, value, priv);
}

/* Vector reads pass the MPU. */
enum access memory_load_vector(struct core *c, uint32_t addr, uint32_t *value)
{
    const struct bus_access a = {.master = c->id, .privileged = true};

    *value = 0;
    if (is_ppb(addr)) {
        return ACCESS_BUS;
    }
    return of_bus(bus_read(&c->m->bus, &a, memory_bus_addr(c, addr), 4, value));
}
