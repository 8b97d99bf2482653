/* SPDX-License-Identifier: MIT */
/* How each cut ended, in memory that the parent and its children share; kept in a file when
 * asked for, so that a long run can be interrupted and goes on where it was. */
#ifndef EMU_TORTURE_RESULTS_H
#define EMU_TORTURE_RESULTS_H

#include "emu/torture/torture.h"

/* Sets t->outcomes, one for each cut of the plan; those of an earlier run when `file` (may be NULL)
 * has them. Returns 0 or an exit code with a message printed: also when the file is of another
 * plan, device or firmware. */
int results_open(struct torture *t, const char *file);
void results_close(struct torture *t);

#endif
