/* SPDX-License-Identifier: MIT */
/*
 * Memory that start-up code fills: .data copied, .bss cleared. Two cores that fill the same words
 * have their variables there, whatever their files say (HEX and BIN say nothing).
 */
#include "emu/doctor/doctor.h"

#define STARTUP (10 * VT_MS) /* after the hand-over: on HSI it clears 500 KiB */
#define LEAST   16u /* bytes in one go; less may be a few variables of the program itself */

bool startup_active(const struct story *s)
{
    return s->handed_over && s->d->board.m->now < s->handover_at + STARTUP;
}

static void close_block(struct startup *u, unsigned n)
{
    const struct ram_block *b = &u->open[n];

    if (b->hi - b->lo >= LEAST && u->count < FILLS) {
        u->done[u->count++] = *b;
    }
}

/* Without optimisation the loop keeps its pointers on the stack and stores to them in between: a
 * few blocks are open at a time. */
void startup_store(struct story *s, uint32_t addr, unsigned size)
{
    struct startup *u = &s->startup;

    addr = ram_canonical(addr);
    for (unsigned i = 0; i < OPEN_FILLS; i++) {
        if (u->open[i].hi == addr) {
            u->open[i].hi += size;
            u->used[i] = ++u->stores;
            return;
        }
    }
    unsigned oldest = 0;
    for (unsigned i = 1; i < OPEN_FILLS; i++) {
        if (u->used[i] < u->used[oldest]) {
            oldest = i;
        }
    }
    close_block(u, oldest);
    u->open[oldest] = (struct ram_block){addr, addr + size};
    u->used[oldest] = ++u->stores;
}

static bool overlap(struct ram_block a, struct ram_block b, unsigned least)
{
    uint32_t lo = a.lo > b.lo ? a.lo : b.lo, hi = a.hi < b.hi ? a.hi : b.hi;

    return lo < hi && hi - lo >= least;
}

static struct ram_block stack_of(const struct story *s)
{
    if (!s->handed_over || s->sp_low > s->sp_high) {
        return (struct ram_block){0, 0};
    }
    return (struct ram_block){ram_canonical(s->sp_low - 4), ram_canonical(s->sp_high)};
}

static void both_fill(struct doctor *d, struct ram_block a, struct ram_block b)
{
    finding_add(&d->findings, FIND_CORES_RAM_OVERLAP, -1, 0,
                "start-up code of the M7 fills 0x%08X..0x%08X, that of the M4 0x%08X..0x%08X: the "
                "same memory",
                (unsigned)a.lo, (unsigned)(a.hi - 1), (unsigned)b.lo, (unsigned)(b.hi - 1));
}

static void stack_filled(struct doctor *d, const struct story *owner, struct ram_block fill)
{
    finding_add(&d->findings, FIND_CORES_RAM_OVERLAP, -1, 0,
                "the stack of the %s is at 0x%08X; start-up code of the other core fills "
                "0x%08X..0x%08X",
                owner->id == CM7 ? "M7" : "M4", (unsigned)owner->sp_high, (unsigned)fill.lo,
                (unsigned)(fill.hi - 1));
}

void startup_conclude(struct doctor *d)
{
    struct startup *m7 = &d->story[CM7].startup, *m4 = &d->story[CM4].startup;

    for (unsigned i = 0; i < OPEN_FILLS; i++) {
        close_block(m7, i);
        close_block(m4, i);
    }
    for (unsigned i = 0; i < m7->count; i++) {
        for (unsigned k = 0; k < m4->count; k++) {
            if (overlap(m7->done[i], m4->done[k], LEAST)) {
                both_fill(d, m7->done[i], m4->done[k]);
            }
        }
    }
    for (int owner = 0; owner < CORES; owner++) {
        const struct startup *other = owner == CM7 ? m4 : m7;
        for (unsigned i = 0; i < other->count; i++) {
            if (overlap(stack_of(&d->story[owner]), other->done[i], 1)) {
                stack_filled(d, &d->story[owner], other->done[i]);
            }
        }
    }
}
