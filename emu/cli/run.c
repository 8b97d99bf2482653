/* SPDX-License-Identifier: MIT */
/* duoemu run: firmware on the emulated board, until a pattern, a time or a lockup. */
#include "emu/cli/run.h"
#include "emu/cpu/dcache.h"
#include "emu/host/signals.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- wiring ---- */

static void on_uart(void *arg, unsigned uart, uint8_t byte, vtime_t when)
{
    struct run *r = arg;

    (void)when;
    result_uart(&r->result, uart, byte);
    if (until_byte(&r->until, uart, byte)) {
        machine_stop(r->board.m);
    }
}

/* Semihosting and ITM: as a line of their own, for --until as well. */
static void on_text(void *arg, enum core_id from, uint8_t byte)
{
    struct run *r = arg;

    (void)from;
    putc(byte, r->json ? stderr : stdout);
    if (byte == '\n') {
        fflush(stdout);
    }
    if (until_byte(&r->until, 0, byte)) {
        machine_stop(r->board.m);
    }
}

static void between_slices(void *arg, vtime_t next_event, bool both_waiting)
{
    struct run *r = arg;

    pacing_turn(&r->pacing, next_event, both_waiting);
}

static int open_uarts(struct run *r)
{
    char err[256];

    if (!r->nuarts && !r->web_where) { /* the page has terminals of its own */
        r->uart_specs[r->nuarts++] = "USART3=stdio";
    }
    uart_backends_init(&r->uarts, r->board.m);
    for (unsigned i = 0; i < r->nuarts; i++) {
        if (!uart_backends_add(&r->uarts, r->uart_specs[i], r->json, err, sizeof(err))) {
            cli_error("--uart %s: %s", r->uart_specs[i], err);
            return EXIT_USAGE;
        }
    }
    return 0;
}

static int open_can(struct run *r)
{
    char err[256];

    for (unsigned i = 0; i < r->args.nslcan; i++) {
        r->slcan[i] = slcan_new(r->board.m, r->args.slcan[i], &r->uarts, err, sizeof(err));
        if (!r->slcan[i]) {
            cli_error("--can %s: %s", r->args.slcan[i], err);
            return EXIT_USAGE;
        }
    }
    return 0;
}

static int open_usb(struct run *r)
{
    char err[256];

    for (unsigned i = 0; i < r->nusbs; i++) {
        if (!usbips_add(&r->usb, r->board.m, r->usb_specs[i], err, sizeof(err))) {
            cli_error("--usb %s: %s", r->usb_specs[i], err);
            return EXIT_USAGE;
        }
    }
    return 0;
}

static int open_gdb(struct run *r)
{
    char err[256];

    if (!r->gdb_port[CM7] && !r->gdb_port[CM4]) {
        return 0;
    }
    int p7 = (int)r->gdb_port[CM7] - 1, p4 = (int)r->gdb_port[CM4] - 1;
    r->gdb = gdb_new(r->board.m, p7, p4, err, sizeof(err));
    if (r->gdb) {
        if (r->back) {
            back_watch(r->back, r->board.m, r->gdb);
        }
        return 0;
    }
    cli_error("%s", err);
    return EXIT_USAGE;
}

static int open_web(struct run *r)
{
    char err[256];

    if (!r->web_where) {
        return 0;
    }
    r->web = web_new(&r->board, r->web_where, err, sizeof(err));
    if (r->web) {
        return 0;
    }
    cli_error("--web: %s", err);
    return EXIT_USAGE;
}

static bool serve_web(void *arg)
{
    return web_serve(arg);
}

static int wire(struct run *r)
{
    struct machine *m = r->board.m;

    report_init(&r->report, &r->board, r->quiet ? NULL : stderr);
    r->report.verbose = r->verbose;
    report_attach(&r->report);
    m->no_skip = r->no_skip;
    m->semihosting = r->semihosting;
    m->itm = r->itm;
    machine_observe(m, &(struct observer){.arg = r, .on_uart = on_uart, .on_text = on_text});
    if (r->dcache) {
        core_model_dcache(m->core[CM7]);
    }
    if (r->trace_file && !trace_open(&r->trace, r->trace_file, r->events_only)) {
        return EXIT_FILE;
    }
    if (r->trace.file) {
        trace_attach(&r->trace, &r->board, &r->report);
    }
    if (r->until_running) {
        started_watch(&r->started, m);
    }
    int rc = open_uarts(r);
    if (!rc) {
        rc = open_can(r);
    }
    if (!rc) {
        rc = open_usb(r);
    }
    if (!rc) {
        rc = open_gdb(r);
    }
    if (!rc) {
        rc = open_web(r);
    }
    pacing_init(&r->pacing, m, &r->uarts, r->gdb, r->fast);
    if (r->usb.count) {
        pacing_usb(&r->pacing, &r->usb, r->fast);
    }
    if (r->web) {
        pacing_also(&r->pacing, serve_web, r->web, r->fast);
    }
    m->on_idle = between_slices;
    m->on_idle_arg = r;
    m->host_can_wake = pacing_host_can_wake(&r->pacing);
    return rc;
}

/* ---- the run ---- */

/* A page or a debugger may let the board stand. */
static void wait_for_people(struct run *r)
{
    if (r->web && web_holds(r->web)) {
        web_hold(r->web);
        pacing_start(&r->pacing);
    }
    if (r->gdb && gdb_stopped(r->gdb)) {
        gdb_serve(r->gdb); /* returns when the debugger lets the machine go on */
    }
}

static enum machine_stop run_once(struct run *r)
{
    enum machine_stop why;

    do {
        wait_for_people(r);
        why = machine_run(r->board.m, r->time);
        if (why == M_DEBUG && !(r->web && web_stopped(r->web)) && r->gdb) {
            gdb_hit(r->gdb);
        }
    } while (why == M_DEBUG && (r->gdb || r->web));
    return why;
}

static int exit_code(const struct run *r, enum machine_stop why)
{
    if (r->until.found || (r->until_running && started_both(&r->started))) {
        return EXIT_FOUND;
    }
    if (r->board.m->program_ended) {
        return r->board.m->program_status ? EXIT_PROGRAM : EXIT_FOUND;
    }
    switch (why) {
    case M_TIME:
        return EXIT_TIME;
    case M_LOCKUP:
        return EXIT_LOCKUP;
    case M_IDLE:
        return EXIT_IDLE;
    default:
        return EXIT_USER;
    }
}

static int run_board(struct run *r)
{
    struct machine *m = r->board.m;
    enum machine_stop why = M_POWER_CUT;

    machine_power_on(m);
    power_cut_arm(&r->cuts, m);
    pacing_start(&r->pacing);
    while ((why = run_once(r)) == M_POWER_CUT) {
        cli_info("power cut at %.6f s, after %llu flash operations; power returns in 100 ms",
                 (double)m->now / 1e12, (unsigned long long)flash_ops(m->flash));
        if (r->web) {
            web_power_cut(r->web);
            wait_for_people(r);
        }
        if (m->stop_requested) { /* while the plug was pulled */
            return EXIT_USER;
        }
        machine_power_cycle(m);
        power_cut_arm(&r->cuts, m);
    }
    return exit_code(r, why);
}

static int run_and_report(struct run *r)
{
    signals_stop(r->board.m); /* before wire() tells anybody that there is something to end */
    int rc = wire(r);
    if (rc) {
        return rc;
    }
    rc = run_board(r);
    if (!trace_close(&r->trace) && !rc) {
        rc = EXIT_FILE;
    }
    fflush(stdout);
    if (r->json) {
        result_print(&r->result, &r->board, &r->report, r->until_running ? &r->started : NULL, rc);
    } else if (!r->quiet) {
        result_line(&r->board, &r->report, rc);
    }
    return rc;
}

static int run_command(struct run *r)
{
    int rc = board_open(&r->board, &r->args);

    if (!rc) {
        rc = run_and_report(r);
        signals_stop(NULL);
        uart_backends_close(&r->uarts);
        slcan_free(r->slcan[0]);
        slcan_free(r->slcan[1]);
        usbips_close(&r->usb);
        gdb_free(r->gdb);
        web_free(r->web);
        board_close(&r->board);
    }
    return rc;
}

/* With snapshots the machine runs in a process of its own. */
static int run_with_snapshots(struct run *r)
{
    int rc;

    r->args.flash_private = true; /* what a file holds cannot be taken back */
    r->back = back_new(&rc);
    if (r->back) {
        rc = run_command(r);
        back_free(r->back);
    }
    return rc;
}

static int run(struct cli *cli)
{
    struct run *r = calloc(1, sizeof(*r));

    if (!r) {
        return cli_fail(cli, EXIT_FILE, NULL, "out of memory");
    }
    r->time = VT_NEVER;
    const char *mistake = run_parse(cli, r);
    int rc = mistake          ? cli_usage(cli, mistake)
             : r->gdb_reverse ? run_with_snapshots(r)
                              : run_command(r);
    report_free(&r->report);
    result_free(&r->result);
    until_free(&r->until);
    free(r);
    return rc;
}

const struct command cmd_run = {
    .name = "run",
    .summary = "run firmware on the emulated board",
    .usage = "--m7 FILE [--m4 FILE] [OPTION]...",
    .about =
        "Runs the firmware of both cores, as it is, in virtual time. Ctrl-] on a terminal ends it.",
    .options = run_options,
    .example = "duoemu run --m7 boot_cm7.elf --m4 boot_cm4.elf --load factory.hex --until-running "
               "--for 5s",
    .run = run,
};
