/* SPDX-License-Identifier: MIT */
/*
 * Back in time: the machine as it was when one of the last flash operations began.
 *
 * At each of them the process forks, and the child waits, as a snapshot of everything: cores,
 * memories, flash, time. Going back wakes the latest one, gives it the connections of the
 * debuggers, and ends the present process. A process of its own stays what the user has started: it
 * passes signals on, and ends as the machine ends that ran last.
 */
#ifndef EMU_HOST_BACK_H
#define EMU_HOST_BACK_H

#include "emu/host/gdb.h"

struct back;

/* To be called before anything is opened. In the process that is to run the machine: the keeper of
 * snapshots; in the one that the user has started: NULL, after the machine has ended, with its exit
 * code in *rc. */
struct back *back_new(int *rc);
void back_free(struct back *b); /* NULL is allowed */
/* Snapshots of this machine, while a debugger is connected to g. */
void back_watch(struct back *b, struct machine *m, struct gdb *g);

#endif
