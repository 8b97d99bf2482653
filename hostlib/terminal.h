/* SPDX-License-Identifier: MIT */
/* What of a terminal the programs make use of. */
#ifndef DUO_HOSTLIB_TERMINAL_H
#define DUO_HOSTLIB_TERMINAL_H

#include <stdbool.h>

/* Colour on a terminal only, and not where the user does not want it: NO_COLOR (no-color.org) is
 * set to anything, or TERM is dumb. */
bool terminal_colour(int fd);

#endif
