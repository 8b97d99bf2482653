/* SPDX-License-Identifier: MIT */
/* One command line that repeats a cut. */
#ifndef EMU_TORTURE_REPRODUCE_H
#define EMU_TORTURE_REPRODUCE_H

#include "emu/torture/torture.h"

/* Into buf, to be pasted into a shell; a command that does not fit is cut off at its end. */
const char *reproduce(const struct torture *t, const struct cut *c, char *buf, size_t size);

#endif
