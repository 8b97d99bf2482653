/* SPDX-License-Identifier: MIT */
/*
 * Virtual time and the event queue.
 *
 * Time is counted in picoseconds from power-on: fine enough for one cycle of any clock of the chip,
 * and 64 bits of it last 213 days. Events fire in the order (time, sequence of scheduling), so a
 * run repeats exactly.
 */
#ifndef EMU_SCHED_H
#define EMU_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t vtime_t; /* picoseconds of virtual time since power-on */

#define VT_NEVER UINT64_MAX
#define VT_NS    1000ull
#define VT_US    1000000ull
#define VT_MS    1000000000ull
#define VT_S     1000000000000ull

/* Owned by a device, which embeds it; name and fn are set once by sched_event_init(). */
struct sched_event {
    vtime_t when;
    uint64_t seq;
    size_t slot;      /* index in the heap + 1, 0 when not scheduled */
    const char *name; /* "BLOCK: what happens", for those who look on */
    void (*fn)(void *arg);
    void *arg;
};

struct sched {
    struct sched_event **heap;
    size_t count, capacity;
    uint64_t next_seq;
    void (*on_earlier)(void *arg,
                       vtime_t when); /* told of every new event, to shorten running slices */
    void (*on_fire)(void *arg, const struct sched_event *e); /* told before each is fired */
    void *arg;                                               /* of both; either may be NULL */
};

void sched_init(struct sched *s);
void sched_free(struct sched *s);
void sched_event_init(struct sched_event *e, const char *name, void (*fn)(void *arg), void *arg);

/* Schedules e at `when`, or moves it there if it is scheduled already. */
void sched_at(struct sched *s, struct sched_event *e, vtime_t when);
void sched_cancel(struct sched *s, struct sched_event *e);
static inline bool sched_pending(const struct sched_event *e)
{
    return e->slot != 0;
}

/* Time of the earliest event, VT_NEVER if there is none. */
vtime_t sched_next(const struct sched *s);

/* Fires every event due at or before `now`, those included that the fired ones add. */
void sched_fire(struct sched *s, vtime_t now);

#endif
