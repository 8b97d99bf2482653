/* SPDX-License-Identifier: MIT */
#include "emu/doctor/track.h"

#include <string.h>

#define FIRST_STEP (2 * VT_US)
#define GROWTH     100 /* each wait is longer than the time that has passed, divided by this */

static enum track_state state_of(const struct doctor *d, enum core_id id)
{
    const struct machine *m = d->board.m;
    const struct core *c = m->core[id];

    if (!c || core_held(c)) {
        return TRACK_HELD;
    }
    if (core_locked_up(c)) {
        return TRACK_LOCKED;
    }
    if (m->clk[id].waiting && m->clk[id].stalled_until == VT_NEVER) {
        return TRACK_STALLED;
    }
    if (core_power(c) != POWER_RUN) {
        return TRACK_SLEEP;
    }
    return story_runs(&d->story[id]) ? TRACK_APP : TRACK_BOOT;
}

static void look(void *arg)
{
    struct track *t = arg;
    struct machine *m = t->d->board.m;

    if (t->count == TRACK_LOOKS) {
        return;
    }
    struct look *l = &t->looks[t->count++];
    l->when = m->now;
    for (int i = 0; i < CORES; i++) {
        l->core[i] = state_of(t->d, (enum core_id)i);
        l->hz[i] = m->clk[i].hz;
    }
    for (unsigned b = 0; b < FLASH_BANKS; b++) {
        l->busy[b] = flash_bank_busy(m->flash, b);
    }
    sched_at(&m->sched, &t->event, m->now + FIRST_STEP + m->now / GROWTH);
}

void track_start(struct track *t, const struct doctor *d)
{
    memset(t, 0, sizeof(*t));
    t->d = d;
    sched_event_init(&t->event, "doctor: a point of the timeline", look, t);
    sched_at(&d->board.m->sched, &t->event, d->board.m->now);
}
