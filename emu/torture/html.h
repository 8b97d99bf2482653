/* SPDX-License-Identifier: MIT */
/* The HTML report: what was tried, what came of it, and the picture of the sectors. */
#ifndef EMU_TORTURE_HTML_H
#define EMU_TORTURE_HTML_H

#include "emu/torture/torture.h"

#include <stdio.h>

/* The report into an output that is open already (hostlib/output.h): a run of hours must not end at
 * a folder that is not there. */
void torture_report_html(const struct torture *t, FILE *f);

/* The timeline as an SVG element: which sector held what, at each flash operation. */
void picture_draw(const struct torture *t, FILE *f);

#endif
