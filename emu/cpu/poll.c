/* SPDX-License-Identifier: MIT */
/*
 * Loops that only poll: turns of them are skipped, and the result is exactly what it would have
 * been.
 *
 * From time to time a core is watched for one turn: from an instruction until it comes there again.
 * If all registers, flags and words that were stored to are then as they were, and each register of
 * a device that was read is one that only an event or a write can change, then the next turn is the
 * same again, and so on: until an event, or until the other core or a host does something. A core's
 * slice ends at all of these (machine.h), so whole turns can be counted instead of carried out, up
 * to the end of the slice. At the start of the next slice one turn is watched again.
 *
 * With the data cache modelled, no line may come, go or become dirty in a turn, either. An observer
 * of data accesses is told of those of the turns that are carried out.
 *
 * Only instructions that are known to do nothing else count; all others, exceptions, and whoever
 * wants to be told of each instruction, end the watch.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/cpu/internal.h"

#include <string.h>

#define TURN_MAX   400   /* cycles of a watch: longer turns are not recognised */
#define WAIT_MAX   65536 /* cycles between two attempts where none succeeds */
#define WAIT_SHORT 4096  /* the same where slices are too short to tell */
#define WAIT_MIN   128
#define NEVER      UINT64_MAX

/* ---- what a turn has stored: memory must be in the end what it was ---- */

/* A word as the program sees it. */
static uint32_t look_word(const struct core *c, uint32_t addr)
{
    uint32_t v;

    return dcache_look(c, addr, &v) ? v : memory_look(c, addr, 4);
}

static bool log_word(struct core *c, uint32_t addr)
{
    struct poll *p = &c->poll;
    const struct mem *mem = bus_find_mem(&c->m->bus, addr, c->id);

    for (unsigned i = 0; i < p->nwords; i++) {
        if (p->word[i].addr == addr) {
            return true;
        }
    }
    if (!mem || mem->kind != MEM_RAM || p->nwords == POLL_WORDS) {
        return false;
    }
    p->word[p->nwords].addr = addr;
    p->word[p->nwords++].value = look_word(c, addr);
    return true;
}

static bool log_store(struct core *c, const struct stored *s)
{
    uint32_t first = s->addr & ~3u;
    uint32_t n =
        s->regs ? (uint32_t)__builtin_popcount(s->regs) : (s->addr + s->size - 1 - first) / 4 + 1;

    if (c->nwatches && debug_watch(c, first, 4 * n, WATCH_TELL)) {
        return false; /* somebody wants to be told of each */
    }
    for (uint32_t i = 0; i < n; i++) {
        if (!log_word(c, first + 4 * i)) {
            return false;
        }
    }
    return true;
}

static bool same_memory(const struct core *c)
{
    const struct poll *p = &c->poll;

    for (unsigned i = 0; i < p->nwords; i++) {
        if (look_word(c, p->word[i].addr) != p->word[i].value) {
            return false;
        }
    }
    return true;
}

/* ---- one turn ---- */

static void note_registers(struct core *c)
{
    engine_regs(c->engine, c->poll.regs);
    c->poll.xpsr = engine_xpsr(c->engine);
    c->poll.began = c->insns;
    c->poll.nwords = 0;
    c->poll.cache = dcache_changes(c);
    c->poll.anchor = c->poll.regs[15] & ~1u;
}

static bool same_registers(const struct core *c)
{
    uint32_t r[16];

    engine_regs(c->engine, r);
    return memcmp(r, c->poll.regs, sizeof(r)) == 0 && engine_xpsr(c->engine) == c->poll.xpsr;
}

/* No turn, and none soon: programs that work must not pay for it. */
static void give_up(struct core *c, uint64_t wait_max)
{
    struct poll *p = &c->poll;
    uint64_t longer = p->wait < WAIT_MIN ? WAIT_MIN : 2 * p->wait;

    p->state = POLL_OFF;
    p->whole_slice = false;
    p->wait = longer < wait_max ? longer : wait_max;
    p->next = c->insns + p->wait;
}

static void poll_cancel(struct core *c)
{
    if (c->poll.state != POLL_OFF) {
        give_up(c, WAIT_MAX);
    }
}

void poll_interrupt(struct core *c)
{
    if (c->poll.state != POLL_OFF) {
        give_up(c, WAIT_SHORT);
    }
}

void poll_restart(struct core *c)
{
    struct poll *p = &c->poll;

    p->whole_slice = false;
    p->state = POLL_OFF;
    if (p->next != NEVER && p->next < c->insns + WAIT_MIN) {
        p->next = c->insns + WAIT_MIN;
    }
}

static void skip_turns(struct core *c)
{
    struct poll *p = &c->poll;
    uint64_t turn = c->insns - p->began;

    p->state = POLL_OFF;
    p->wait = 0;
    p->next = c->limit; /* what is left of this slice is less than a turn */
    if (c->insns < c->poll_limit) {
        uint64_t n = (c->poll_limit - c->insns) / turn * turn;

        c->insns += n;
        c->m->skipped += n;
    }
}

static bool pure(struct core *c, uint32_t pc)
{
    struct stored s = {0};
    enum effect e = insn_effect(c, pc, &s);

    return e == EFFECT_NONE || (e == EFFECT_STORE && log_store(c, &s));
}

/* Is this what a slice may be watched for at all? */
static bool possible(const struct core *c)
{
    for (unsigned i = 0; i < c->nwatches; i++) {
        if (c->watches[i].kind != WATCH_TELL) {
            return false;
        }
    }
    return !c->m->no_skip && !c->single_step;
}

void poll_slice(struct core *c)
{
    struct poll *p = &c->poll;

    p->state = POLL_OFF;
    if (!possible(c)) {
        p->next = NEVER;
    } else if (p->next == NEVER) {
        p->next = c->insns;
    }
    p->whole_slice = c->insns >= p->next;
}

void poll_insn(struct core *c, uint32_t pc)
{
    struct poll *p = &c->poll;

    if (p->state == POLL_OFF) {
        note_registers(c);
        p->state = POLL_TURN;
        p->first = c->insns;
    } else if (pc == p->anchor && !c->it_next && same_registers(c)) {
        if (same_memory(c) && c->poll.cache == dcache_changes(c)) {
            skip_turns(c);
            return;
        }
        note_registers(c); /* the stack may have looked different before the first turn */
    }
    if (c->insns - p->first > TURN_MAX || !pure(c, pc) || pc - c->watch_lo < c->watch_size) {
        poll_cancel(c);
    }
}

/* ---- what is read besides memory ---- */

/* Of the private peripheral bus: NVIC, and the SCB without what counts. */
static bool steady_register(uint32_t addr)
{
    return addr - ADDR(SCS, ISER0) < 0x400 || addr - ADDR(SCS, CPUID) < 0x40;
}

static bool told_of_registers(const struct core *c)
{
    bool told = false;

    for (const struct observer *o = c->m->observers; o; o = o->next) {
        told = told || (o->on_ppb && observer_wants(o, c->id));
    }
    return told;
}

static bool told_of_accesses(const struct core *c)
{
    bool told = false;

    for (const struct observer *o = c->m->observers; o; o = o->next) {
        told = told || o->on_access;
    }
    return told;
}

void poll_read(struct core *c, uint32_t addr)
{
    const struct bus *bus = &c->m->bus;

    if (addr - PPB_BASE < PPB_SIZE) {
        if (!steady_register(addr) || told_of_registers(c)) {
            poll_cancel(c);
        }
        return;
    }
    if (bus_find_mem(bus, addr, c->id)) {
        return;
    }
    const struct dev *d = bus_find_dev(bus, addr);
    if (!d || told_of_accesses(c) || !d->steady || !d->steady(d->self, addr - d->base)) {
        poll_cancel(c);
    }
}

bool core_polls(const struct core *c)
{
    return c->poll.whole_slice;
}
