/* SPDX-License-Identifier: MIT */
/* --power-cut at=TIME | flash-op=N [,outcome=NAME]: when the power goes off, and what happens to
 * flash words at work. */
#ifndef EMU_CLI_POWERCUT_H
#define EMU_CLI_POWERCUT_H

#include "emu/chip/chip.h"

#define POWERCUT_MAX 64

struct power_cut {
    bool by_op;
    unsigned long long op;
    vtime_t at;
    enum cut_outcome outcome;
};

struct power_cuts {
    struct power_cut list[POWERCUT_MAX];
    unsigned count, next; /* cuts by time, in the order given */
    struct machine *m;
    struct sched_event event;
};

/* False with a message printed. */
bool power_cut_parse(struct power_cuts *cuts, const char *text);
/* Arms the next cut that has not happened yet. Call before the run and after each cut. */
void power_cut_arm(struct power_cuts *cuts, struct machine *m);
const char *cut_outcome_name(enum cut_outcome outcome);
bool cut_outcome_parse(const char *name, enum cut_outcome *outcome);

#endif
