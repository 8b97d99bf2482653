/* SPDX-License-Identifier: MIT */
/* The HTML report: what was tried, what came of it, and the picture of the sectors. */
#ifndef EMU_TORTURE_HTML_H
#define EMU_TORTURE_HTML_H

#include "emu/torture/torture.h"

#include <stdio.h>

/* False with a message printed. */
bool torture_report_html(const struct torture *t, const char *path);

/* The timeline as an SVG element: which sector held what, at each flash operation. */
void picture_draw(const struct torture *t, FILE *f);

#endif
