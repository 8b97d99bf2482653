/* SPDX-License-Identifier: MIT */
/*
 * duoemu glitch: faults at single instructions of a boot that must start nothing.
 *
 * One machine boots undisturbed; at each planned instruction it forks, and the child gets the
 * fault. A fork costs a millisecond, so no part of the boot is run twice. What wins is tried once
 * more on a new machine.
 */
#ifndef EMU_GLITCH_GLITCH_H
#define EMU_GLITCH_GLITCH_H

#include "emu/cli/children.h"
#include "emu/glitch/device.h"
#include "emu/glitch/plan.h"

struct glitch_result {
    uint8_t end;       /* enum glitch_end */
    uint8_t winner;    /* enum core_id */
    uint8_t confirmed; /* END_WON: seen again on a new machine */
    uint32_t pc;       /* END_WON: what was executed first */
};

struct glitch {
    struct glitch_setup setup;
    struct glitch_want want;
    struct glitch_device device;
    struct coverage coverage[CORES];
    struct symbols *symbols[CORES];
    struct glitch_plan plan;
    struct glitch_result *results; /* one per point, in memory shared with the children */
    vtime_t began, length;         /* of the undisturbed boot, until it says that it refuses */
    struct children children;      /* jobs is given */
    bool progress;

    size_t next;                      /* first point not forked yet */
    const struct glitch_point *point; /* in a child: its point; NULL in the parent */
    struct glitch_strike strike;
    struct sched_event moment;
};

/* The undisturbed boot: fills coverage. Returns 0 or an exit code with a message printed: also when
 * the device starts an application, for then there is nothing to win. */
int glitch_rehearse(struct glitch *g);
/* Carries out the plan and confirms what won. Returns 0 or an exit code. */
int glitch_run(struct glitch *g);
void glitch_free(struct glitch *g);

#endif
