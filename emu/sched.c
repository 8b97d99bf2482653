/* SPDX-License-Identifier: MIT */
#include "emu/sched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sched_init(struct sched *s)
{
    memset(s, 0, sizeof(*s));
}

void sched_free(struct sched *s)
{
    free(s->heap);
    sched_init(s);
}

void sched_event_init(struct sched_event *e, const char *name, void (*fn)(void *arg), void *arg)
{
    memset(e, 0, sizeof(*e));
    e->name = name;
    e->fn = fn;
    e->arg = arg;
}

/* Ties break by order of scheduling, so that a run repeats exactly. */
static bool earlier(const struct sched_event *a, const struct sched_event *b)
{
    return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

static void put(struct sched *s, size_t i, struct sched_event *e)
{
    s->heap[i] = e;
    e->slot = i + 1;
}

static void sift_up(struct sched *s, size_t i)
{
    struct sched_event *e = s->heap[i];

    while (i > 0 && earlier(e, s->heap[(i - 1) / 2])) {
        put(s, i, s->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    put(s, i, e);
}

static void sift_down(struct sched *s, size_t i)
{
    struct sched_event *e = s->heap[i];

    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= s->count) {
            break;
        }
        if (child + 1 < s->count && earlier(s->heap[child + 1], s->heap[child])) {
            child++;
        }
        if (!earlier(s->heap[child], e)) {
            break;
        }
        put(s, i, s->heap[child]);
        i = child;
    }
    put(s, i, e);
}

static void grow(struct sched *s)
{
    size_t capacity = s->capacity ? 2 * s->capacity : 64;
    struct sched_event **heap = realloc(s->heap, capacity * sizeof(struct sched_event *));

    if (!heap) {
        fprintf(stderr,
                "duoemu: out of memory for the event queue; close other programs and run again\n");
        abort();
    }
    s->heap = heap;
    s->capacity = capacity;
}

void sched_cancel(struct sched *s, struct sched_event *e)
{
    if (!e->slot) {
        return;
    }
    size_t i = e->slot - 1;
    e->slot = 0;
    struct sched_event *last = s->heap[--s->count];
    if (last == e) {
        return;
    }
    put(s, i, last);
    sift_up(s, i);
    sift_down(s, last->slot - 1);
}

void sched_at(struct sched *s, struct sched_event *e, vtime_t when)
{
    sched_cancel(s, e);
    if (s->count == s->capacity) {
        grow(s);
    }
    e->when = when;
    e->seq = s->next_seq++;
    put(s, s->count++, e);
    sift_up(s, s->count - 1);
    if (s->on_earlier) {
        s->on_earlier(s->arg, when);
    }
}

vtime_t sched_next(const struct sched *s)
{
    return s->count ? s->heap[0]->when : VT_NEVER;
}

void sched_fire(struct sched *s, vtime_t now)
{
    while (s->count && s->heap[0]->when <= now) {
        struct sched_event *e = s->heap[0];
        sched_cancel(s, e);
        if (s->on_fire) {
            s->on_fire(s->arg, e);
        }
        e->fn(e->arg);
    }
}
