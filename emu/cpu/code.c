/* SPDX-License-Identifier: MIT */
/*
 * Fetching, and code that somebody rewrites. Pages of RAM from which a core has run code are
 * marked: a store there, by whichever core, window or master, drops the translations of what was
 * written at once.
 */
#include "chip/stm32h7/blocks.h"
#include "chip/stm32h7/memory.h"
#include "emu/chip/chip.h"
#include "emu/cpu/memory.h"

/* ---- code coherence ---- */

/* c runs code from the page of RAM at `addr` in `of`: from now on stores there are looked at, in
 * all windows and by both cores. */
static void watch_page(struct core *c, uint32_t addr, const struct mem *of)
{
    for (unsigned k = 0; k < CORES; k++) {
        struct core *other = c->m->core[k];

        for (unsigned i = 0; other && i < c->m->bus.nmems; i++) {
            const struct mem *mem = &c->m->bus.mems[i];

            if (memory_sees(other, mem) && mem->origin == of->origin) {
                uint32_t page = (mem->base + (addr - of->base)) >> PAGE_SHIFT;
                other->code_here[page] = 1;
                other->perms[page] &= (uint8_t)~ENGINE_WRITE;
                memory_store_flush(other);
            }
        }
    }
}

void memory_code_changed(struct core *c, uint32_t addr, uint32_t len)
{
    for (uint32_t at = addr & ~(PAGE_SIZE - 1); at - addr < len || at < addr; at += PAGE_SIZE) {
        if (c->executed[at >> PAGE_SHIFT]) {
            uint32_t lo = at < addr ? addr & ~3u : at,
                     hi = addr + len - at < PAGE_SIZE ? addr + len : at + PAGE_SIZE;

            engine_invalidate(c->engine, lo, hi - lo);
        }
    }
    memory_alias_follow(c, addr, len);
}

void memory_written(struct core *c, uint32_t addr, uint32_t len)
{
    const struct bus *bus = &c->m->bus;
    const struct mem *of = bus_find_mem(bus, addr, c->id);

    if (!of || of->kind != MEM_RAM || !c->code_here[addr >> PAGE_SHIFT]) {
        return;
    }
    for (unsigned k = 0; k < CORES; k++) {
        for (unsigned i = 0; c->m->core[k] && i < bus->nmems; i++) {
            const struct mem *mem = &bus->mems[i];

            if (memory_sees(c->m->core[k], mem) && mem->origin == of->origin) {
                memory_code_changed(c->m->core[k], mem->base + (addr - of->base), len);
            }
        }
    }
}

void core_ram_changed(struct core *c, uint32_t addr, uint32_t len)
{
    memory_code_changed(c, addr, len);
}

/* ---- fetching ---- */

#define QUADSPI_CR  (QUADSPI_BASE + 0x00u)
#define QUADSPI_CCR (QUADSPI_BASE + 0x14u)

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

/* A chip would execute from the memory at the QUADSPI; here that is a limit of the model. */
void memory_note_fetch(struct core *c, uint32_t addr)
{
    uint32_t cr = 0, ccr = 0;

    if (addr - MEM_QUADSPI_BASE >= MEM_QUADSPI_SIZE ||
        !bus_peek(&c->m->bus, c->id, QUADSPI_CR, &cr, 4) ||
        !bus_peek(&c->m->bus, c->id, QUADSPI_CCR, &ccr, 4) || !(cr & 1) || (ccr >> 26 & 3) != 3) {
        return; /* off, or not memory-mapped: an error on the chip as well */
    }
    machine_note(c->m, N_QSPI_EXECUTE, addr,
                 "the %s executes code from the memory at the QUADSPI, at 0x%08X; the model has it "
                 "for data only, so this fault is not the chip's",
                 c->id == CM7 ? "CM7" : "CM4", (unsigned)addr);
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

/* First instruction of a page. False: what the engine has of it is too old; it comes back. */
static bool enter_page(struct core *c, uint32_t pc, const struct mem *mem)
{
    uint32_t page = pc >> PAGE_SHIFT, addr = memory_bus_addr(c, pc) & ~(PAGE_SIZE - 1);

    if (c->executed[page]) {
        return true;
    }
    c->executed[page] = c->executed[addr >> PAGE_SHIFT] = 1;
    if (mem->kind != MEM_RAM) {
        return true;
    }
    watch_page(c, addr, mem);
    if (!memory_in_alias(c, pc)) {
        return true;
    }
    memory_alias_follow(c, addr, PAGE_SIZE); /* stores up to now were not looked at */
    if (c->it_next) {
        return true;
    }
    core_halt(c, HALT_LOOK);
    return false;
}

/* --m7-speculates: code of the M7 in flash stands still while the other bank erases, as measured on
 * boards: its prefetch may reach into the busy bank. Not so where the MPU forbids that bank. */
static bool speculation_stalls(const struct core *c, uint32_t addr)
{
    uint32_t bank;

    return c->m->m7_speculates && c->id == CM7 && addr - MEM_FLASH_BASE < MEM_FLASH_SIZE &&
           flash_erasing(c->m->flash, &bank) && !core_mpu_forbids(c, bank);
}

const uint8_t *memory_fetch_page(struct core *c, uint32_t pc)
{
    uint32_t addr = memory_bus_addr(c, pc), start = addr & ~(PAGE_SIZE - 1);
    struct fetch_line *line = fetch_line(c, pc);

    if (c->id == CM4 && addr - MEM_FLASH_BASE < MEM_FLASH_SIZE) {
        art_fetch(c->m->art, addr);
    }
    if (speculation_stalls(c, addr)) {
        c->fetch_size = 0;
        fetch_fault(c, pc, ACCESS_STALL);
        return NULL;
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
        if (a == ACCESS_BUS) {
            memory_note_fetch(c, addr);
        }
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
