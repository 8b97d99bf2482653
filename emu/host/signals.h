/* SPDX-License-Identifier: MIT */
/* SIGINT and SIGTERM end the run at once, wherever it waits; a second one ends the process. */
#ifndef EMU_HOST_SIGNALS_H
#define EMU_HOST_SIGNALS_H

#include <poll.h>

struct machine;

/* From now on they stop this machine; NULL: none, they have no effect. */
void signals_stop(struct machine *m);
/* What every poll() that may wait has among its descriptors: a signal that came just before it
 * makes it return. Returns how many were written to fds: 0 or 1. */
unsigned signals_fds(struct pollfd *fds);

#endif
