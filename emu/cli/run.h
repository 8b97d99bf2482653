/* SPDX-License-Identifier: MIT */
/* What a run is told (run_options.c) and consists of (run.c). */
#ifndef EMU_CLI_RUN_H
#define EMU_CLI_RUN_H

#include "emu/cli/board.h"
#include "emu/cli/cli.h"
#include "emu/cli/powercut.h"
#include "emu/cli/report.h"
#include "emu/cli/result.h"
#include "emu/cli/started.h"
#include "emu/cli/trace.h"
#include "emu/cli/until.h"
#include "emu/host/back.h"
#include "emu/host/gdb.h"
#include "emu/host/pacing.h"
#include "emu/host/slcan.h"
#include "emu/host/uart_backend.h"
#include "emu/host/usbip.h"
#include "emu/web/web.h"

struct run {
    struct board_args args;
    struct board board;
    struct report report;
    struct trace trace;
    struct until until;
    struct started started;
    struct power_cuts cuts;
    struct uart_backends uarts;
    struct usbips usb;
    struct pacing pacing;
    struct gdb *gdb;
    struct back *back; /* NULL: no reverse-continue */
    struct web *web;
    struct slcan *slcan[2];
    const char *web_where; /* NULL: no page */
    const char *uart_specs[8];
    unsigned nuarts;
    const char *usb_specs[2];
    unsigned nusbs;
    const char *trace_file;
    unsigned long long gdb_port[CORES]; /* + 1, so that port 0 (any) differs from none */
    vtime_t time;                       /* VT_NEVER: no end */
    bool json, quiet, verbose, fast, gdb_reverse, events_only, until_running, dcache, no_skip,
        semihosting, itm;
    struct result result;
};

extern const struct option_group run_options[];

/* Fills `r` by the command line; NULL, or what is wrong with it. */
const char *run_parse(struct cli *cli, struct run *r);

#endif
