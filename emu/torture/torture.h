/* SPDX-License-Identifier: MIT */
/*
 * duoemu torture: cuts the power at flash operations and moments of a real installation, boots
 * until it has come to rest.
 *
 * One machine runs the installation undisturbed; at each planned cut it forks, and the child loses
 * its power there. A fork costs a millisecond, so nothing is run twice to get to the place of a
 * cut.
 */
#ifndef EMU_TORTURE_TORTURE_H
#define EMU_TORTURE_TORTURE_H

#include "emu/cli/board.h"
#include "emu/cli/children.h"
#include "emu/torture/oracle.h"
#include "emu/torture/plan.h"
#include "emu/torture/timeline.h"

struct outcome {
    bool done;
    enum fate fate;
    uint32_t boots;     /* power cycles and resets until it is at rest */
    uint32_t ops_after; /* flash operations after the cut until it is at rest */
    vtime_t time_after; /* virtual time after the cut until it is at rest */
};

struct torture {
    struct board_args args;
    struct board board;
    const struct duo_trust *trust;
    const char *key_file; /* it came from */
    struct oracle oracle;
    struct op_log log;
    struct timeline timeline;
    struct plan plan;
    struct outcome *outcomes; /* one per cut, in memory shared with the children */
    vtime_t limit;            /* virtual time a boot may take to come to rest */
    struct children children; /* jobs is given */
    bool show;                /* print the serial line of the cut device (--only) */

    size_t next;           /* first cut of the plan not forked yet */
    const struct cut *cut; /* in a child: its cut; NULL in the parent */
    vtime_t cut_at;        /* in a child: when it came, and the operations begun until then */
    uint64_t cut_ops;
    struct sched_event moment, half;
    bool progress;
};

/* Runs the installation undisturbed, fills log and timeline. Returns 0 or an exit code with a
 * message printed. */
int torture_rehearse(struct torture *t);
/* Carries out the plan. Returns 0 or an exit code. */
int torture_run(struct torture *t);

/* NONE for a cut that could not be tried. */
enum fate torture_fate(const struct torture *t, size_t cut);

/* All results in a few numbers. */
struct torture_sum {
    size_t cuts, twice, after, before, bad;
    uint32_t boots;    /* most power cycles until it is at rest */
    vtime_t time;      /* longest from a cut until it is at rest */
    uint64_t repeated; /* most flash operations beyond those that were left, on the way to the set
                          after */
};
struct torture_sum torture_sum(const struct torture *t);

#endif
