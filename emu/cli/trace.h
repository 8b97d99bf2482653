/* SPDX-License-Identifier: MIT */
/* --trace FILE: one line per instruction, exception, flash operation, note and event. */
#ifndef EMU_CLI_TRACE_H
#define EMU_CLI_TRACE_H

#include "emu/cli/report.h"

struct trace {
    FILE *file;
    const struct board *board;
    bool events_only;
};

/* Opens path; false with a message printed. */
bool trace_open(struct trace *t, const char *path, bool events_only);
/* Listens to cores and flash; the report writes its notes and faults into the trace as well. */
void trace_attach(struct trace *t, const struct board *b, struct report *r);
/* False when the file could not be written in full (disk full). */
bool trace_close(struct trace *t);

#endif
