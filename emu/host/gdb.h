/* SPDX-License-Identifier: MIT */
/*
 * GDB remote stub, one TCP port per core.
 *
 * Each debugger halts, steps and continues its own core alone; a core without a debugger runs. Time
 * stands before the first of them lets its core go, and while no core may run. With `monitor stop
 * both` a stop of one core stops time until a debugger goes on.
 */
#ifndef EMU_HOST_GDB_H
#define EMU_HOST_GDB_H

#include "emu/machine.h"

#include <poll.h>

struct gdb;

/* Ports on localhost: -1 none, 0 any free one; printed on stderr. The machine starts stopped. NULL
 * with a message in err. */
struct gdb *gdb_new(struct machine *m, int port_m7, int port_m4, char *err, size_t errlen);
void gdb_free(struct gdb *g);          /* NULL is allowed */
bool gdb_stopped(const struct gdb *g); /* time stands */
/* A core is halted, and people look at it, whether time goes on or not. */
bool gdb_halts(const struct gdb *g);
/* While stopped: serves the debuggers until one lets the machine go on, or machine.stop_requested
 * (kill, signal). */
void gdb_serve(struct gdb *g);
/* machine_run() returned M_DEBUG. */
void gdb_hit(struct gdb *g);
/* Between slices while running: Ctrl-C, new connections, requests. */
void gdb_poll(struct gdb *g);
/* reverse-continue: `go` returns only when there is nowhere to go. */
void gdb_can_go_back(struct gdb *g, void (*go)(void *arg), void *arg);
/* The machine is one that was left behind; the debugger that wanted it is told when it stands. */
void gdb_arrived(struct gdb *g);
/* What to wait for in poll(); at most 2 * CORES entries. Returns how many. */
unsigned gdb_fds(const struct gdb *g, struct pollfd *fds, unsigned max);

#endif
