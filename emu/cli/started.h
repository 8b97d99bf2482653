/* SPDX-License-Identifier: MIT */
/* --until-running: both cores have fetched an instruction of their application since the last
 * reset, and when. */
#ifndef EMU_CLI_STARTED_H
#define EMU_CLI_STARTED_H

#include "emu/cli/board.h"

struct started {
    struct machine *m;
    bool core[CORES];    /* runs its application */
    vtime_t when[CORES]; /* first instruction */
};

/* Begins to watch; machine_stop() when both run. */
void started_watch(struct started *s, struct machine *m);
static inline bool started_both(const struct started *s)
{
    return s->core[CM7] && s->core[CM4];
}

#endif
