/* SPDX-License-Identifier: MIT */
/* What came of a glitch run: wins with function and line, and the whole of it in tables. */
#ifndef EMU_GLITCH_REPORT_H
#define EMU_GLITCH_REPORT_H

#include "emu/glitch/glitch.h"

#include <stdio.h>

struct glitch_sum {
    size_t tried, won, confirmed, refused, silent;
};

/* Of the points of a kind; pairs count under their first fault, when `twice`. */
struct glitch_sum glitch_sum(const struct glitch *g, bool twice, int kind);

/* One paragraph a win, then the sums: for the terminal. */
void glitch_print(const struct glitch *g, FILE *out);
/* The same and a line for each function: tried, won. */
void glitch_report(const struct glitch *g, FILE *out);

#endif
