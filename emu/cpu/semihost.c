/* SPDX-License-Identifier: MIT */
/*
 * Semihosting (Arm's specification of it, version 2.0): BKPT 0xAB with the operation in R0 and its
 * argument in R1. What programs print with, and how they end; there are no files. And the stimulus
 * port of the ITM, the other way to print without a serial line.
 */
#include "emu/cpu/internal.h"

#include <string.h>

enum {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITEC = 0x03,
    SYS_WRITE0 = 0x04,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_READC = 0x07,
    SYS_ISERROR = 0x08,
    SYS_ISTTY = 0x09,
    SYS_FLEN = 0x0c,
    SYS_CLOCK = 0x10,
    SYS_TIME = 0x11,
    SYS_ERRNO = 0x13,
    SYS_HEAPINFO = 0x16,
    SYS_EXIT = 0x18,
    SYS_EXIT_EXTENDED = 0x20,
    STOPPED_APPLICATION_EXIT = 0x20026,
    FAILED = -1,
    TEXT_LIMIT = 65536, /* bytes of one call: a string without an end must not print forever */
};

static uint32_t word(struct core *c, uint32_t addr)
{
    uint32_t v = 0;

    memory_load(c, addr, &v, true);
    return v;
}

/* As the core sees it, also where its data cache is newer than memory. */
static uint8_t byte(struct core *c, uint32_t addr)
{
    return (uint8_t)(word(c, addr & ~3u) >> 8 * (addr & 3));
}

static void print(struct core *c, uint8_t b)
{
    machine_tell(c->m, on_text, c->id, b);
}

static void print_string(struct core *c, uint32_t addr)
{
    uint8_t b;

    for (unsigned i = 0; i < TEXT_LIMIT && (b = byte(c, addr + i)) != 0; i++) {
        print(c, b);
    }
}

/* Handles 1 and 2 are the console. Gives how many bytes were not written. */
static uint32_t write_console(struct core *c, uint32_t block)
{
    uint32_t handle = word(c, block), addr = word(c, block + 4), len = word(c, block + 8);
    uint32_t n = len < TEXT_LIMIT ? len : TEXT_LIMIT;

    if (handle != 1 && handle != 2) {
        return len;
    }
    for (uint32_t i = 0; i < n; i++) {
        print(c, byte(c, addr + i));
    }
    return len - n;
}

/* ":tt" is the console: for reading 0, for writing 1, for appending 2. Nothing else can be opened.
 */
static uint32_t open_console(struct core *c, uint32_t block)
{
    uint32_t name = word(c, block), mode = word(c, block + 4);

    if (byte(c, name) != ':' || byte(c, name + 1) != 't' || byte(c, name + 2) != 't') {
        return (uint32_t)FAILED;
    }
    return mode < 4 ? 0 : mode < 8 ? 1 : 2;
}

static uint32_t heap_unknown(struct core *c, uint32_t block)
{
    uint32_t at = word(c, block);

    for (unsigned i = 0; i < 4; i++) {
        memory_store(c, at + 4 * i, 0, true); /* "use the linker script's" */
    }
    return 0;
}

static void end_program(struct core *c, uint32_t reason, uint32_t status)
{
    c->m->program_ended = true;
    c->m->program_status = reason == STOPPED_APPLICATION_EXIT ? status : 1;
    machine_stop(c->m);
}

static uint32_t operation(struct core *c, uint32_t op, uint32_t arg)
{
    switch (op) {
    case SYS_WRITEC:
        print(c, byte(c, arg));
        return 0;
    case SYS_WRITE0:
        print_string(c, arg);
        return 0;
    case SYS_WRITE:
        return write_console(c, arg);
    case SYS_READ:
        return word(c, arg + 8); /* end of file: nothing was read */
    case SYS_OPEN:
        return open_console(c, arg);
    case SYS_CLOSE:
    case SYS_FLEN:
    case SYS_ERRNO:
        return 0;
    case SYS_ISERROR:
        return (int32_t)word(c, arg) < 0;
    case SYS_ISTTY:
        return word(c, arg) <= 2;
    case SYS_CLOCK:
        return (uint32_t)(machine_now(c->m) / (10 * VT_MS));
    case SYS_TIME:
        return (uint32_t)(machine_now(c->m) / VT_S);
    case SYS_HEAPINFO:
        return heap_unknown(c, arg);
    case SYS_EXIT:
        end_program(c, arg, 0);
        return 0;
    case SYS_EXIT_EXTENDED:
        end_program(c, word(c, arg), word(c, arg + 4));
        return 0;
    default:
        return (uint32_t)FAILED;
    }
}

bool semihost_call(struct core *c)
{
    if (!c->m->semihosting || insn_halfword(c, c->pc) != 0xbeab) {
        return false;
    }
    engine_set_reg(c->engine, 15, c->pc + 2);
    engine_set_reg(c->engine, 0, operation(c, engine_reg(c->engine, 0), engine_reg(c->engine, 1)));
    return true;
}

/* ---- ITM ---- */

enum { TRCENA = 1u << 24, ITMENA = 1 };

/* What a probe does that listens: it switches all on. */
void itm_listen(struct core *c)
{
    if (c->m->itm) {
        c->demcr |= TRCENA;
        c->itm_tcr |= ITMENA;
        c->itm_ter = 0xffffffff;
    }
}

void itm_stimulus(struct core *c, uint32_t off, unsigned size, uint32_t value)
{
    bool on = c->demcr & TRCENA && c->itm_tcr & ITMENA && c->itm_ter & 1;

    for (unsigned i = 0; c->m->itm && on && off < 4 && i < size; i++) {
        print(c, (uint8_t)(value >> 8 * i));
    }
}
