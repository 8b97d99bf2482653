/* SPDX-License-Identifier: MIT */
/*
 * Processes that go on from this point of a run with a device of their own: torture's cuts,
 * glitch's faults. So many at once as there are processors; what they find they leave in shared
 * memory.
 */
#ifndef EMU_CLI_CHILDREN_H
#define EMU_CLI_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct children {
    unsigned jobs;    /* at once */
    unsigned running; /* at work */
    size_t finished;
    void (*ended)(void *arg); /* called when one has ended: progress */
    void *arg;
};

/* fork(), after waiting until there is room. Everything in stdio's buffers goes out first, or the
 * child would write it again. */
pid_t children_fork(struct children *c);

/* Waits until all have ended. */
void children_join(struct children *c);

#endif
