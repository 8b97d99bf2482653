/* SPDX-License-Identifier: MIT */
/*
 * The write that a reset loses. RAM has ECC over 4 bytes (AXI SRAM and ITCM: 8). A write that is
 * narrower, or not aligned, waits in the RAM's one-word buffer for the next access to that RAM; a
 * reset at that moment loses it (RM0399, RAM ECC; a vendor's FAQ tells of lost boot requests).
 *
 * Stores are seen one by one, loads are not. So a store counts as lost when the reset comes within
 * a few instructions and nothing else was stored to that RAM since; a load through the same
 * register in the straight line after it counts as the access that saves it.
 */
#include "emu/cpu/internal.h"
#include "emu/cpu/memory.h"

#include "chip/stm32h7/memory.h"

#include <string.h>

enum { WINDOW = 32 /* instructions: from the store through a reset function */ };
enum { STRAIGHT_LINE = 16 };

/* Which RAM an address is in, as the chip's ECC counts them: a controller each; -1: none. */
static int ram_of(uint32_t addr)
{
    switch (addr >> 24) {
    case MEM_ITCM_BASE >> 24:
        return 0;
    case MEM_DTCM_BASE >> 24:
        return 1;
    case MEM_AXI_BASE >> 24:
        return 2;
    case MEM_SRAM123_ALIAS >> 24:
    case MEM_SRAM123_BASE >> 24:
        return 3 + (int)((addr & 0x00FFFFFF) / MEM_SRAM1_SIZE); /* SRAM1, 2, 3 */
    case MEM_SRAM4_BASE >> 24:
        return 6;
    default:
        return -1;
    }
}

void pending_stored(struct core *c, uint32_t addr, unsigned size, const uint8_t *before)
{
    int ram = ram_of(addr);

    if (ram < 0 || ram >= PENDING_RAMS) {
        return;
    }
    struct pending_store *p = &c->pending[ram];
    p->addr = addr;
    p->size = size;
    p->pc = c->pc;
    p->insns = c->insns;
    memcpy(p->before, before, size);
}

/* ---- was there another access? ---- */

enum { NO_REGISTER = -1, SP = 13 };

static uint16_t halfword(struct core *c, uint32_t addr)
{
    uint16_t v = 0;

    bus_peek(&c->m->bus, c->id, memory_bus_addr(c, addr), &v, sizeof(v));
    return v;
}

static bool is_wide(uint16_t op)
{
    return op >> 11 >= 0x1D;
}

/* Base register of a load or store, without literals; load: which of the two is wanted. */
static int base_register(uint16_t op, bool load)
{
    if (is_wide(op)) {
        bool data = (op & 0xFE00) == 0xF800, loads = op & 0x10;
        return data && loads == load && (op & 15) != 15 ? op & 15 : NO_REGISTER;
    }
    if (op >> 12 == 5) { /* register offset: STR, STRH, STRB, then the loads */
        return ((op >> 9 & 7) >= 3) == load ? op >> 3 & 7 : NO_REGISTER;
    }
    if (op >> 12 == 9) { /* SP and offset */
        return (op >> 11 & 1) == load ? SP : NO_REGISTER;
    }
    bool immediate = op >> 12 == 6 || op >> 12 == 7 || op >> 12 == 8;
    return immediate && (op >> 11 & 1) == load ? op >> 3 & 7 : NO_REGISTER;
}

/* Ends the straight line: branches, calls, returns. */
static bool branches(uint16_t op)
{
    if (is_wide(op)) {
        return (op & 0xF800) == 0xF000; /* B, BL; MOVW and its like have 0xF240, see below */
    }
    return op >> 12 == 0xD || op >> 11 == 0x1C || op >> 8 == 0x47 || op >> 8 == 0xBD ||
           (op & 0xF500) == 0xB100;
}

/* 32-bit data processing shares its first half-word with branches; the second one tells. */
static bool ends_line(struct core *c, uint32_t at, uint16_t op)
{
    return branches(op) && !(is_wide(op) && !(halfword(c, at + 2) & 0x8000));
}

static bool read_back(struct core *c, const struct pending_store *p, int base)
{
    uint32_t at = p->pc + (is_wide(halfword(c, p->pc)) ? 4 : 2);

    for (unsigned i = 0; i < STRAIGHT_LINE; i++) {
        uint16_t op = halfword(c, at);
        if (ends_line(c, at, op)) {
            return false;
        }
        if (base_register(op, true) == base) {
            return true;
        }
        at += is_wide(op) ? 4 : 2;
    }
    return false;
}

/* ---- the reset ---- */

static bool narrow(const struct pending_store *p, int ram)
{
    unsigned word = ram == 0 || ram == 2 ? 8 : 4; /* ITCM, AXI SRAM */

    return p->size < word || p->addr % word;
}

/* Stacks are of no use after a reset: a push is not worth a word. */
static bool lost(struct core *c, const struct pending_store *p)
{
    int base = base_register(halfword(c, p->pc), false);

    return base != NO_REGISTER && base != SP && c->insns - p->insns <= WINDOW &&
           !read_back(c, p, base);
}

/* A whole word in a RAM whose ECC has 8 bytes is what most programs store: no reason to warn. */
static void report(struct core *c, const struct pending_store *p)
{
    machine_note(
        c->m, p->size < 4 ? N_RAM_PENDING_LOST : N_RAM_PENDING_WORD, p->addr,
        "the last store before the reset is lost (size %u at 0x%08X, by the instruction at "
        "0x%08X): it waited in the RAM's write buffer (ECC). Store whole words and access "
        "the same RAM once more",
        p->size, p->addr, p->pc);
}

/* What lies in the M7's data cache is not in the RAM's buffer. */
static bool cached(const struct core *c, int ram)
{
    return c->id == CM7 && ram > 1 && c->ccr & CCR_DC;
}

void core_lose_pending(struct core *c)
{
    for (int ram = 0; ram < PENDING_RAMS; ram++) {
        struct pending_store *p = &c->pending[ram];
        if (p->size && narrow(p, ram) && !cached(c, ram) && lost(c, p)) {
            report(c, p);
            bus_poke(&c->m->bus, c->id, memory_bus_addr(c, p->addr), p->before, p->size);
        }
        p->size = 0;
    }
}
