/* SPDX-License-Identifier: MIT */
/*
 * The live board as a web page (duoemu run --web): what it shows goes out as JSON messages over a
 * WebSocket, and what people do comes in the same way, so that scripts can do it as well. The
 * messages are listed in docs/board.md.
 *
 * Nothing here changes what the firmware sees, but for what is asked for: pins, reset, power, stop,
 * characters.
 */
#ifndef EMU_WEB_WEB_H
#define EMU_WEB_WEB_H

#include "emu/cli/board.h"

struct web;

/* Listens on `where`: PORT, or ADDRESS:PORT to let other machines in. Port 0 takes a free one. The
 * address of the page is printed on stderr. NULL with a message in err. */
struct web *web_new(struct board *board, const char *where, char *err, size_t errlen);
void web_free(struct web *w); /* NULL is allowed */

/* To be called between slices: sends and takes what is due, never waits. True when something came
 * that may have changed what the board does. */
bool web_serve(struct web *w);

/* Somebody has stopped the board, or pulled the plug: web_hold() waits until it may go on. */
bool web_holds(const struct web *w);
void web_hold(struct web *w);

/* machine_run() has returned M_DEBUG. True when that was the page's doing (stop, step). */
bool web_stopped(struct web *w);

/* The power went off: all flash may have changed. */
void web_power_cut(struct web *w);

#endif
