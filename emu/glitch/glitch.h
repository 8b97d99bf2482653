/* SPDX-License-Identifier: MIT */
/*
 * duoemu glitch: faults at single instructions of a boot that must start nothing.
 *
 * One machine boots undisturbed; at each planned instruction it forks, and the child gets the
 * fault. A fork costs a millisecond, so no part of the boot is run twice. What wins is tried once
 * more on a new machine.
 *
 * Several devices that differ in a few bytes are one, until such a byte is needed: there the
 * process, be it the undisturbed boot or a child, forks into one for each device.
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
    struct coverage coverage[GLITCH_MAX_DEVICES][CORES];
    struct symbols *symbols[CORES];
    struct glitch_plan plan;
    /* One per device and point, in memory shared with the children. */
    struct glitch_result *results[GLITCH_MAX_DEVICES];
    vtime_t began; /* of the undisturbed boot; how long it takes until it says that it refuses: */
    vtime_t length[GLITCH_MAX_DEVICES];
    struct children children; /* jobs is given */
    bool progress;

    size_t next;                      /* first point not forked yet */
    const struct glitch_point *point; /* in a child: its point; NULL in the parent */
    struct glitch_strike strike;
    struct sched_event moment;
};

static inline unsigned glitch_devices(const struct glitch *g)
{
    return g->setup.others + 1;
}

/* The undisturbed boot of each device: fills coverage. Returns 0 or an exit code with a message
 * printed: also when one starts an application, for then there is nothing to win. */
int glitch_rehearse(struct glitch *g);
/* Carries out the plan and confirms what won. Returns 0 or an exit code. */
int glitch_run(struct glitch *g);
void glitch_free(struct glitch *g);

#endif
