/* SPDX-License-Identifier: MIT */
/* The look that the HTML reports of torture and doctor share: light and dark, on a screen and on a
 * phone. */
#ifndef EMU_REPORT_PAGE_H
#define EMU_REPORT_PAGE_H

#include <stdio.h>

/* Everything up to the first heading, included. Ends with page_end(). */
void page_begin(FILE *f, const char *title);
void page_end(FILE *f);

/* Text as HTML. */
void page_text(FILE *f, const char *text);

/* One entry of a legend: `style` is a class of the page (CSS), `text` what it means. */
void page_key(FILE *f, const char *style, const char *text);

#endif
