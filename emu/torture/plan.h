/* SPDX-License-Identifier: MIT */
/* Which cuts a torture run tries: at flash operations and at moments in between; and resets. */
#ifndef EMU_TORTURE_PLAN_H
#define EMU_TORTURE_PLAN_H

#include "emu/chip/chip.h"

struct cut {
    enum reset_cause reset; /* RESET_POWER_ON: the power is cut; else a reset of this kind */
    bool by_op;
    uint64_t op; /* by_op: number of the operation since power-on */
    vtime_t at;  /* otherwise: virtual time */
    enum cut_outcome outcome;
    uint64_t again; /* 0, or: cut a second time at this many operations after the first */
    enum cut_outcome again_outcome;
    uint64_t seed;
};

struct plan {
    struct cut *cuts; /* sorted by when they come in the undisturbed run */
    size_t count, room;
};

struct plan_want {
    bool every_op;              /* each operation once, outcome drawn */
    bool every_outcome;         /* each operation with every outcome that fits it */
    unsigned long long sample;  /* or this many operations, drawn */
    unsigned long long moments; /* cuts at times, drawn */
    unsigned long long resets;  /* resets of every kind in turn, at times drawn */
    unsigned long long twice;   /* of each 100 cuts, how many are followed by a second one */
    uint64_t seed;
};

/* What the undisturbed run did, in order. */
struct op_log {
    struct op_entry {
        bool erase, options; /* neither: a program */
        uint32_t addr;
        vtime_t begin, end;
    } *ops;
    size_t count, room;
    vtime_t length; /* of the whole run */
};

bool op_log_add(struct op_log *log, const struct flash_op *op, vtime_t begin);
/* False when out of memory. */
bool plan_make(struct plan *p, const struct plan_want *want, const struct op_log *log);
/* "flash-op=17,outcome=double,seed=5,again=3" or "at=1ns,reset=iwdg1,seed=5": a cut as an argument
 * of --only, and back. */
const char *cut_format(const struct cut *c, char *buf, size_t size);
bool cut_parse(struct cut *c, const char *text);
/* "nrst", "iwdg1"...; "power cut". */
const char *cut_kind(const struct cut *c);
void plan_free(struct plan *p);

#endif
