/* SPDX-License-Identifier: MIT */
/* What came of a glitch run: wins with function and line, and the whole of it in tables. */
#ifndef EMU_GLITCH_REPORT_H
#define EMU_GLITCH_REPORT_H

#include "emu/glitch/glitch.h"

#include <stdio.h>

struct glitch_sum {
    size_t planned, tried, won, confirmed, refused, silent;
};

/* Of a device's points of a kind; pairs count under their first fault, when `twice`. */
struct glitch_sum glitch_sum(const struct glitch *g, unsigned device, bool twice, int kind);

/* One paragraph a win, then the sums of a device: for the terminal. */
void glitch_print(const struct glitch *g, unsigned device, FILE *out);
/* Of all devices the same, and a line for each function. */
void glitch_report(const struct glitch *g, FILE *out);

#endif
