/* SPDX-License-Identifier: MIT */
/* Observers, breakpoints, watchpoints, registers by number. */
#include "emu/cpu/internal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- observers ---- */

static void widen(struct core *c, uint32_t lo, uint32_t hi)
{
    uint32_t end = c->watch_size ? c->watch_lo + c->watch_size : lo;

    if (!c->watch_size || lo < c->watch_lo) {
        c->watch_lo = lo;
    }
    c->watch_size = (hi > end ? hi : end) - c->watch_lo;
}

/* One range around all that is watched: instructions outside it run at full speed. */
static void count_watchers(struct core *c)
{
    c->watch_size = 0;
    for (const struct observer *o = c->m->observers; o; o = o->next) {
        if (o->on_insn && observer_wants(o, c->id)) {
            widen(c, o->insn_lo, o->insn_hi);
        }
    }
    for (unsigned i = 0; i < c->nbreaks; i++) {
        widen(c, c->breaks[i], c->breaks[i] + 2);
    }
    if (c->single_step) {
        widen(c, 0, UINT32_MAX);
    }
    core_look(c);
}

void core_observed(struct core *c)
{
    count_watchers(c);
}

void debug_fault(struct core *c, unsigned n, uint32_t pc)
{
    if (n < EXC_HARDFAULT || n > EXC_USAGEFAULT) {
        return; /* SVC is no fault */
    }
    core_tell(c, on_fault, n, pc);
}

void core_watch_data(struct core *c, bool on)
{
    if (c->watch_data == on) {
        return;
    }
    c->watch_data = on;
    c->pages_dirty = true;
    core_look(c);
}

uint32_t core_lost_store(const struct core *c)
{
    return c->lost_store;
}

/* ---- breakpoints and steps ---- */

static bool is_break(const struct core *c, uint32_t pc)
{
    for (unsigned i = 0; i < c->nbreaks; i++) {
        if (c->breaks[i] == pc) {
            return true;
        }
    }
    return false;
}

void debug_tell_insn(struct core *c, uint32_t pc)
{
    for (const struct observer *o = c->m->observers; o; o = o->next) {
        if (o->on_insn && observer_wants(o, c->id) && pc >= o->insn_lo && pc < o->insn_hi) {
            o->on_insn(o->arg, c, pc);
        }
    }
}

bool debug_insn(struct core *c, uint32_t pc)
{
    bool first = c->step_over_break; /* the first instruction after a stop always runs */

    c->step_over_break = false;
    if (!first && (c->single_step || is_break(c, pc))) {
        c->step_over_break = true;
        return true;
    }
    debug_tell_insn(c, pc);
    return false;
}

bool core_add_breakpoint(struct core *c, uint32_t addr)
{
    if (is_break(c, addr)) {
        return true;
    }
    if (c->nbreaks == MAX_BREAKS) {
        return false;
    }
    c->breaks[c->nbreaks++] = addr;
    count_watchers(c);
    return true;
}

void core_del_breakpoint(struct core *c, uint32_t addr)
{
    for (unsigned i = 0; i < c->nbreaks; i++) {
        if (c->breaks[i] == addr) {
            c->breaks[i] = c->breaks[--c->nbreaks];
            break;
        }
    }
    count_watchers(c);
}

void core_set_single_step(struct core *c, bool on)
{
    c->single_step = on;
    c->step_over_break = on;
    count_watchers(c);
}

void core_set_halted(struct core *c, bool halted)
{
    if (c->debug_halted != halted) {
        c->debug_halted = halted;
        systick_clock(c); /* stands in debug state, as the cycle counter does (ARMv7-M, C1) */
    }
}

bool core_halted(const struct core *c)
{
    return c->debug_halted;
}

/* ---- watchpoints ---- */

bool debug_watch(struct core *c, uint32_t addr, unsigned size, unsigned kind)
{
    for (unsigned i = 0; i < c->nwatches; i++) {
        const struct watch *w = &c->watches[i];
        if (w->kind & kind && addr < w->addr + w->len && w->addr < addr + size) {
            return true;
        }
    }
    return false;
}

bool debug_watched_page(const struct core *c, uint32_t page, unsigned kind)
{
    for (unsigned i = 0; i < c->nwatches; i++) {
        const struct watch *w = &c->watches[i];
        if (w->kind & kind && w->addr >> PAGE_SHIFT <= page &&
            page <= (w->addr + w->len - 1) >> PAGE_SHIFT) {
            return true;
        }
    }
    return false;
}

bool core_add_watchpoint(struct core *c, uint32_t addr, uint32_t len, unsigned kind)
{
    if (c->nwatches == MAX_BREAKS || !len) {
        return false;
    }
    c->watches[c->nwatches++] = (struct watch){addr, len, kind};
    c->pages_dirty = true;
    core_look(c);
    return true;
}

void core_del_watchpoint(struct core *c, uint32_t addr, uint32_t len, unsigned kind)
{
    for (unsigned i = 0; i < c->nwatches; i++) {
        const struct watch *w = &c->watches[i];
        if (w->addr == addr && w->len == len && w->kind == kind) {
            c->watches[i] = c->watches[--c->nwatches];
            break;
        }
    }
    c->pages_dirty = true;
    core_look(c);
}

bool core_watch_stores(struct core *c, uint32_t addr, uint32_t len)
{
    return core_add_watchpoint(c, addr, len, WATCH_TELL);
}

void core_unwatch_stores(struct core *c)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < c->nwatches; i++) {
        if (c->watches[i].kind != WATCH_TELL) {
            c->watches[kept++] = c->watches[i];
        }
    }
    c->pages_dirty |= kept != c->nwatches;
    c->nwatches = kept;
    core_look(c);
}

uint32_t core_watch_hit(const struct core *c)
{
    return c->watch_hit;
}

/* ---- registers ---- */

static uint32_t xpsr(const struct core *c)
{
    uint32_t it = c->it_next;

    return (engine_xpsr(c->engine) & 0xf80f0000u) | (it & 3) << 25 | (it >> 2) << 10 |
           (c->t_clear ? 0 : XPSR_T) | c->ipsr;
}

static uint32_t control(const struct core *c)
{
    return insn_fpca(c) | c->control;
}

uint32_t core_reg(const struct core *c, unsigned reg)
{
    if (reg < 15) {
        return engine_reg(c->engine, reg);
    }
    if (reg >= REG_S0 && reg < REG_COUNT) {
        return engine_sreg(c->engine, reg - REG_S0);
    }
    switch (reg) {
    case REG_PC:
        return engine_reg(c->engine, 15) & ~1u;
    case REG_XPSR:
        return xpsr(c);
    case REG_MSP:
        return core_msp(c);
    case REG_PSP:
        return core_psp(c);
    case REG_CONTROL:
        return control(c);
    case REG_PRIMASK:
        return c->primask;
    case REG_BASEPRI:
        return c->basepri;
    case REG_FAULTMASK:
        return c->faultmask;
    case REG_FPSCR:
        return engine_special(c->engine, ENGINE_FPSCR);
    default:
        return 0;
    }
}

static void set_special(struct core *c, unsigned reg, uint32_t value)
{
    switch (reg) {
    case REG_XPSR:
        engine_set_xpsr(c->engine, (value & 0xf80f0000u) | c->ipsr);
        break;
    case REG_MSP:
        engine_set_special(c->engine, ENGINE_MSP, value & ~3u);
        break;
    case REG_PSP:
        engine_set_special(c->engine, ENGINE_PSP, value & ~3u);
        break;
    case REG_PRIMASK:
        c->primask = value & 1;
        engine_set_special(c->engine, ENGINE_PRIMASK, value & 1);
        break;
    case REG_BASEPRI:
        c->basepri = value & 0xf0;
        engine_set_special(c->engine, ENGINE_BASEPRI, value & 0xf0);
        break;
    case REG_FAULTMASK:
        c->faultmask = value & 1;
        engine_set_special(c->engine, ENGINE_FAULTMASK, value & 1);
        break;
    case REG_FPSCR:
        engine_set_special(c->engine, ENGINE_FPSCR, value);
        break;
    default:
        break; /* IPSR and CONTROL change only by the core's own exceptions and instructions */
    }
}

void core_set_reg(struct core *c, unsigned reg, uint32_t value)
{
    if (reg < 15) {
        engine_set_reg(c->engine, reg, reg == 13 ? value & ~3u : value);
    } else if (reg >= REG_S0 && reg < REG_COUNT) {
        engine_set_sreg(c->engine, reg - REG_S0, value);
    } else if (reg == REG_PC) {
        engine_set_reg(c->engine, 15, value & ~1u);
    } else {
        set_special(c, reg, value);
    }
    core_look(c);
}
