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
#include "emu/chip/chip.h"
#include "emu/cpu/internal.h"

#include <string.h>

#define TURN_MAX   400   /* cycles of a watch: longer turns are not recognised */
#define WAIT_MAX   65536 /* cycles between two attempts where none succeeds */
#define WAIT_SHORT 4096  /* the same where slices are too short to tell */
#define WAIT_MIN   128
#define NEVER      UINT64_MAX

/* ---- instructions ---- */

enum effect { IMPURE, PURE, STORE };

/* What a store writes: n words of registers, or one piece of `size` bytes. */
struct stored {
    uint32_t addr;
    uint32_t regs; /* bit per register, for words in ascending order; or */
    unsigned rt, size;
};

static uint32_t reg(const struct core *c, unsigned n)
{
    return engine_reg(c->engine, n);
}

static struct stored one(uint32_t addr, unsigned rt, unsigned size)
{
    return (struct stored){.addr = addr, .rt = rt, .size = size};
}

static struct stored many(uint32_t addr, uint32_t regs)
{
    return (struct stored){.addr = addr, .regs = regs};
}

static enum effect store_16(const struct core *c, uint16_t op, struct stored *s)
{
    unsigned rt = op & 7, rn = op >> 3 & 7, imm = op >> 6 & 0x1f;

    switch (op >> 11) {
    case 0x0a: /* STR, STRH, STRB (register), LDRSB */
        if ((op >> 9 & 3) == 3) {
            return PURE;
        }
        *s = one(reg(c, rn) + reg(c, op >> 6 & 7), rt,
                 (op >> 9 & 3) == 0   ? 4
                 : (op >> 9 & 3) == 1 ? 2
                                      : 1);
        return STORE;
    case 0x0c:
        *s = one(reg(c, rn) + 4 * imm, rt, 4);
        return STORE;
    case 0x0e:
        *s = one(reg(c, rn) + imm, rt, 1);
        return STORE;
    case 0x10:
        *s = one(reg(c, rn) + 2 * imm, rt, 2);
        return STORE;
    case 0x12:
        *s = one(reg(c, 13) + 4 * (op & 0xffu), op >> 8 & 7, 4);
        return STORE;
    case 0x18:
        *s = many(reg(c, op >> 8 & 7), op & 0xff);
        return STORE;
    default:
        return PURE;
    }
}

static enum effect misc_16(const struct core *c, uint16_t op, struct stored *s)
{
    uint32_t list = (op & 0xff) | (op & 0x100u) << 6;

    switch (op >> 8 & 0xf) {
    case 0x0: /* ADD, SUB SP */
    case 0x1: /* CBZ, CBNZ */
    case 0x2: /* extensions */
    case 0x3:
    case 0x9:
    case 0xb:
    case 0xc: /* POP */
    case 0xd:
        return PURE;
    case 0x4:
    case 0x5: /* PUSH */
        *s = many(reg(c, 13) - 4 * (unsigned)__builtin_popcount(list), list);
        return STORE;
    case 0xa: /* REV */
        return (op & 0xc0) == 0x80 ? IMPURE : PURE;
    case 0xf: /* IT, NOP; the other hints are not */
        return op & 0xf || op == 0xbf00 ? PURE : IMPURE;
    default:
        return IMPURE;
    }
}

static enum effect effect_16(const struct core *c, uint16_t op, struct stored *s)
{
    switch (op >> 12) {
    case 0x0:
    case 0x1:
    case 0x2:
    case 0x3:
    case 0x4:
    case 0xa:
    case 0xe:
        return PURE;
    case 0xb:
        return misc_16(c, op, s);
    case 0xd: /* not UDF, SVC */
        return (op >> 8 & 0xf) >= 0xe ? IMPURE : PURE;
    default:
        return op >> 11 == 0x19 ? PURE : store_16(c, op, s); /* LDM */
    }
}

static enum effect branch_or_control(uint16_t op, uint16_t second)
{
    if ((second & 0x5000) != 0) {
        return PURE; /* B, BL */
    }
    if ((op & 0x0380) != 0x0380) {
        return PURE; /* B with a condition */
    }
    if (op == 0xf3ef) {
        return PURE; /* MRS */
    }
    return op == 0xf3bf && (second & 0xf0) >= 0x40 && (second & 0xf0) <= 0x60
               ? PURE
               : IMPURE; /* DSB, DMB, ISB */
}

static enum effect multiple_or_dual(const struct core *c, uint16_t op, uint16_t second,
                                    struct stored *s)
{
    unsigned rn = op & 0xf;
    bool load = op & 0x10;

    if (!(op & 0x40)) { /* LDM, STM and their kin */
        bool down = (op & 0x180) == 0x100;
        uint32_t n = 4 * (unsigned)__builtin_popcount(second & 0x5fff);
        *s = many(reg(c, rn) - (down ? n : 0), second & 0x5fff);
        return load ? PURE : STORE;
    }
    if (!(op & 0x120)) { /* exclusives; TBB and TBH are pure */
        return (op & 0xfff0) == 0xe8d0 && (second & 0xffe0) == 0xf000 ? PURE : IMPURE;
    }
    return load ? PURE : IMPURE; /* LDRD, STRD */
}

static enum effect single(const struct core *c, uint16_t op, uint16_t second, struct stored *s)
{
    unsigned rn = op & 0xf, rt = second >> 12, size = 1u << (op >> 5 & 3);

    if (op & 0x10) {
        return PURE; /* loads, PLD */
    }
    if (op & 0x100 || size > 4 || rn == 15) {
        return IMPURE;
    }
    if (op & 0x80) {
        *s = one(reg(c, rn) + (second & 0xfff), rt, size);
    } else if (!(second & 0xfc0)) {
        *s = one(reg(c, rn) + (reg(c, second & 0xf) << (second >> 4 & 3)), rt, size);
    } else if (second & 0x800 && (second & 0xf00) != 0xe00) {
        uint32_t off = second & 0x200 ? second & 0xffu : 0u - (second & 0xffu);
        *s = one(reg(c, rn) + (second & 0x400 ? off : 0), rt, size);
    } else {
        return IMPURE;
    }
    return STORE;
}

static enum effect effect_32(const struct core *c, uint16_t op, uint16_t second, struct stored *s)
{
    if ((op & 0xf800) == 0xf000) {
        return second & 0x8000 ? branch_or_control(op, second) : PURE;
    }
    switch (op >> 8 & 0x1f) {
    case 0x08:
    case 0x09:
        return multiple_or_dual(c, op, second, s);
    case 0x0a:
    case 0x0b: /* data processing */
    case 0x1a:
    case 0x1b: /* multiplication, division */
        return PURE;
    case 0x18:
    case 0x19:
        return single(c, op, second, s);
    default:
        return IMPURE; /* coprocessors */
    }
}

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
    uint16_t op = insn_halfword(c, pc);
    enum effect e =
        op >= 0xe800 ? effect_32(c, op, insn_halfword(c, pc + 2), &s) : effect_16(c, op, &s);

    return e == PURE || (e == STORE && log_store(c, &s));
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
    return addr - 0xe000e100u < 0x400 || addr - 0xe000ed00u < 0x40;
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
