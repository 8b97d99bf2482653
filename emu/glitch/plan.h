/* SPDX-License-Identifier: MIT */
/* Which instructions a boot executes, and at which of them faults strike. */
#ifndef EMU_GLITCH_PLAN_H
#define EMU_GLITCH_PLAN_H

#include "emu/glitch/fault.h"
#include "hostlib/symbols.h"

/* Of each instruction these passes are kept: the first two, one drawn from the others, the last. */
enum { PASSES = 4 };

struct executed {
    uint32_t pc;
    uint64_t count; /* passes in the whole boot; 0: free entry of the table */
    vtime_t at[PASSES];
};

/* What one core executes in an undisturbed boot. */
struct coverage {
    struct machine *m;
    enum core_id core;
    struct executed *table; /* open addressing by pc */
    size_t used;
    uint64_t random;
    uint32_t it_first, it_end; /* the IT block that was entered last */
    vtime_t it_at;
    const bool *over; /* nothing is counted any more */
};

/* Watches every instruction from now on, until *over. False: out of memory. */
bool coverage_start(struct coverage *c, struct machine *m, enum core_id core, uint64_t seed,
                    const bool *over);
void coverage_free(struct coverage *c);

struct glitch_plan {
    struct glitch_point *points; /* sorted by time */
    size_t count, room;
};

struct glitch_want {
    bool all;                      /* skip each executed instruction, in each kept pass */
    unsigned long long sample;     /* single faults, drawn */
    unsigned long long twice;      /* pairs, drawn */
    bool kinds[GLITCH_KIND_COUNT]; /* what is drawn from */
    bool core[CORES];
    vtime_t from;                         /* nothing before this time */
    const char *in;                       /* this function alone; NULL: all */
    const struct symbols *symbols[CORES]; /* where it is looked up */
    uint64_t seed;
    unsigned share, shares; /* every `shares`th point from number `share` on; 0: all */
};

/* Adds the points of one more device. False when out of memory. */
bool glitch_plan_add(struct glitch_plan *p, const struct glitch_want *want, unsigned device,
                     const struct coverage coverage[CORES]);
/* When all are added: sorts them, and makes one of those that devices have in common. */
void glitch_plan_sort(struct glitch_plan *p, const struct glitch_want *want);
void glitch_plan_free(struct glitch_plan *p);

#endif
