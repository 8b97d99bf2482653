/* SPDX-License-Identifier: MIT */
/* duoemu run: firmware on the emulated board, until a pattern, a time or a lockup. */
#include "emu/cli/board.h"
#include "emu/cli/cli.h"
#include "emu/cli/powercut.h"
#include "emu/cli/report.h"
#include "emu/cli/result.h"
#include "emu/cli/started.h"
#include "emu/cli/trace.h"
#include "emu/cli/until.h"
#include "emu/cpu/dcache.h"
#include "emu/host/gdb.h"
#include "emu/host/pacing.h"
#include "emu/host/uart_backend.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POWER_OFF_TIME (100 * VT_MS) /* between a power cut and the next power-on */

struct run {
    struct board_args args;
    struct board board;
    struct report report;
    struct trace trace;
    struct until until;
    struct started started;
    struct power_cuts cuts;
    struct uart_backends uarts;
    struct pacing pacing;
    struct gdb *gdb;
    const char *uart_specs[8];
    unsigned nuarts;
    const char *trace_file;
    unsigned long long gdb_port[CORES]; /* + 1, so that port 0 (any) differs from none */
    vtime_t time;                       /* VT_NEVER: no end */
    bool json, quiet, verbose, fast, events_only, until_running, dcache;
    struct result result;
};

static struct machine *volatile interrupted; /* for the signal handler only */

static void on_signal(int sig)
{
    (void)sig;
    if (interrupted) {
        interrupted->stop_requested = true;
    }
}

enum {
    OPT_UART = BOARD_OPT_END,
    OPT_FOR,
    OPT_UNTIL,
    OPT_RUNNING,
    OPT_CUT,
    OPT_GDB7,
    OPT_GDB4,
    OPT_TRACE,
    OPT_EVENTS,
    OPT_JSON,
    OPT_FAST,
    OPT_DCACHE
};

static const struct option long_options[] = {
    BOARD_LONG_OPTIONS,
    {"uart", required_argument, NULL, OPT_UART},
    {"for", required_argument, NULL, OPT_FOR},
    {"until", required_argument, NULL, OPT_UNTIL},
    {"until-running", no_argument, NULL, OPT_RUNNING},
    {"power-cut", required_argument, NULL, OPT_CUT},
    {"gdb-m7", required_argument, NULL, OPT_GDB7},
    {"gdb-m4", required_argument, NULL, OPT_GDB4},
    {"trace", required_argument, NULL, OPT_TRACE},
    {"trace-events", required_argument, NULL, OPT_EVENTS},
    {"json", no_argument, NULL, OPT_JSON},
    {"fast", no_argument, NULL, OPT_FAST},
    {"dcache", no_argument, NULL, OPT_DCACHE},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: duoemu run --m7 FILE [--m4 FILE] [OPTIONS]\n\n"
    "Files are ELF, Intel HEX or BIN; --m7 and --m4 are at 0x08000000 and 0x08100000 when they are "
    "BIN.\n\n"
    "  --m7 FILE, --m4 FILE   firmware that the cores boot\n"
    "  --load FILE[@ADDR]     more content, applications for example; ADDR for BIN files\n"
    "  --flash FILE           keep flash, option bytes and backup domain in FILE between runs\n"
    "  --option NAME=VALUE    set an option byte before power-on, for example BCM4=0\n"
    "  --uart USARTn=WHAT     stdio, pty, tcp:PORT or file:PATH; default: USART3 prints on stdout\n"
    "  --button PIN[=TIME|=hold]\n"
    "                         press a button before power-on, for example PC13; let go after 1 s\n"
    "  --press PIN@FROM[..TO][,low]\n"
    "                         press a button during the run, for example PC13@2s..2.1s; low: to "
    "ground\n"
    "  --led PIN[,low]        tell when an LED goes on or off, for example PB0\n"
    "  --hse HZ[,clock]       crystal or external clock at HSE; default: 8000000,clock (Nucleo)\n"
    "  --boot-pin             BOOT0 high: boot from ADD1\n"
    "  --warn-only            too few wait states are reported, and flash reads go on\n"
    "  --m7-speculates        an erase of one bank stalls the M7 in the other one, too\n"
    "  --ur3 header|manual    whose halves SYSCFG_UR3 has; default: header, as fielded code\n"
    "  --for TIME             end after this virtual time (s, ms, us, ns)\n"
    "  --until REGEX          end when a line on a UART matches\n"
    "  --until-running        end when both cores have entered their applications (0x08020000, "
    "0x08120000)\n"
    "  --power-cut at=TIME|flash-op=N[,outcome=O]\n"
    "                         power off, and on again after 100 ms; can be repeated\n"
    "  --gdb-m7 PORT, --gdb-m4 PORT\n"
    "                         wait for gdb-multiarch (target remote :PORT) before the first "
    "instruction\n"
    "  --trace FILE           one line per instruction and event; --trace-events FILE: events "
    "only\n"
    "  --fast                 do not hold virtual time back to the wall clock on interactive "
    "UARTs\n"
    "  --dcache               model the M7's data cache: stale and dirty lines as on the chip "
    "(slower)\n"
    "  --seed N, --quantum N  random outcomes; instructions one core may be ahead of the other\n"
    "  --json                 result as one JSON object on stdout\n"
    "  -q, -v                 only errors; also resets and unmodelled registers\n\n"
    "Exit: 0 pattern seen or running, 2 usage, 3 time over, 4 lockup, 5 bad file, 6 nothing left "
    "to wait for, "
    "7 ended from outside.\n";

static bool parse_port(unsigned long long *port, const char *text)
{
    if (!cli_parse_u64(text, port) || *port > 65535) {
        cli_error("'%s' is not a TCP port (0 to 65535; 0 takes a free one and prints it)", text);
        return false;
    }
    ++*port;
    return true;
}

static bool add_uart(struct run *r, const char *spec)
{
    if (r->nuarts == sizeof(r->uart_specs) / sizeof(r->uart_specs[0])) {
        cli_error("more than 8 --uart options");
        return false;
    }
    r->uart_specs[r->nuarts++] = spec;
    return true;
}

static bool parse_until(struct run *r, const char *pattern)
{
    char err[256];

    until_free(&r->until);
    if (until_compile(&r->until, pattern, err, sizeof(err))) {
        return true;
    }
    cli_error("%s", err);
    return false;
}

static bool parse_duration(struct run *r, const char *text)
{
    if (cli_parse_time(text, &r->time)) {
        return true;
    }
    cli_error("--for takes a time such as 2s, 150ms or 20us, not '%s'", text);
    return false;
}

static bool take_option(struct run *r, int opt)
{
    switch (opt) {
    case OPT_UART:
        return add_uart(r, optarg);
    case OPT_FOR:
        return parse_duration(r, optarg);
    case OPT_UNTIL:
        return parse_until(r, optarg);
    case OPT_RUNNING:
        return r->until_running = true;
    case OPT_CUT:
        return power_cut_parse(&r->cuts, optarg);
    case OPT_GDB7:
        return parse_port(&r->gdb_port[CM7], optarg);
    case OPT_GDB4:
        return parse_port(&r->gdb_port[CM4], optarg);
    case OPT_TRACE:
    case OPT_EVENTS:
        r->trace_file = optarg;
        r->events_only = opt == OPT_EVENTS;
        return true;
    case OPT_JSON:
        return r->json = true;
    case OPT_FAST:
        return r->fast = true;
    case OPT_DCACHE:
        return r->dcache = true;
    case 'q':
        return r->quiet = true;
    case 'v':
        return r->verbose = true;
    default:
        return board_option(&r->args, opt, optarg);
    }
}

/* 0: go on; else the exit code + 1. */
static int parse(struct run *r, int argc, char **argv)
{
    int opt;

    optind = 1;
    while ((opt = getopt_long(argc, argv, "qvh", long_options, NULL)) != -1) {
        if (opt == 'h') {
            fputs(help, stdout);
            return 1;
        }
        if (opt == '?' || !take_option(r, opt)) {
            fputs("duoemu run --help lists the options\n", stderr);
            return EXIT_USAGE + 1;
        }
    }
    if (optind < argc) {
        cli_error("'%s' is not an option; files are given with --m7, --m4 or --load", argv[optind]);
        return EXIT_USAGE + 1;
    }
    if (!r->args.m7 && !r->args.m4 && !r->args.nloads && !r->args.flash_file) {
        cli_error("no firmware; give at least --m7 FILE (duoemu run --help)");
        return EXIT_USAGE + 1;
    }
    return 0;
}

/* ---- wiring ---- */

struct tap {
    struct run *r;
    unsigned n;
};

static void on_uart_byte(void *arg, uint8_t byte, vtime_t when)
{
    (void)when;
    struct tap *tap = arg;
    result_uart(&tap->r->result, tap->n, byte);
    if (until_byte(&tap->r->until, tap->n, byte)) {
        machine_stop(tap->r->board.m);
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

    if (!r->nuarts) {
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

static int open_gdb(struct run *r)
{
    char err[256];

    if (!r->gdb_port[CM7] && !r->gdb_port[CM4]) {
        return 0;
    }
    int p7 = (int)r->gdb_port[CM7] - 1, p4 = (int)r->gdb_port[CM4] - 1;
    r->gdb = gdb_new(r->board.m, p7, p4, err, sizeof(err));
    if (r->gdb) {
        return 0;
    }
    cli_error("%s", err);
    return EXIT_USAGE;
}

static int wire(struct run *r)
{
    static struct tap taps[UARTS + 1];
    struct machine *m = r->board.m;

    report_init(&r->report, &r->board, r->quiet ? NULL : stderr);
    r->report.verbose = r->verbose;
    report_attach(&r->report);
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
    for (unsigned n = 1; n <= UARTS; n++) {
        taps[n] = (struct tap){r, n};
        uart_listen(m->uart[n], on_uart_byte, &taps[n]);
    }
    int rc = open_uarts(r);
    if (!rc) {
        rc = open_gdb(r);
    }
    pacing_init(&r->pacing, m, &r->uarts, r->gdb, r->fast);
    m->on_idle = between_slices;
    m->on_idle_arg = r;
    m->host_can_wake = pacing_host_can_wake(&r->pacing);
    return rc;
}

/* ---- the run ---- */

static enum machine_stop run_once(struct run *r)
{
    enum machine_stop why;

    do {
        if (r->gdb && gdb_stopped(r->gdb)) {
            gdb_serve(r->gdb); /* returns when the debugger lets the machine go on */
        }
        why = machine_run(r->board.m, r->time);
        if (why == M_DEBUG && r->gdb) {
            gdb_hit(r->gdb);
        }
    } while (why == M_DEBUG && r->gdb);
    return why;
}

static int exit_code(const struct run *r, enum machine_stop why)
{
    if (r->until.found || (r->until_running && started_both(&r->started))) {
        return EXIT_FOUND;
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
        m->now += POWER_OFF_TIME;
        machine_power_on(m);
        power_cut_arm(&r->cuts, m);
    }
    return exit_code(r, why);
}

static void handle_signals(struct machine *m)
{
    interrupted = m;
    struct sigaction sa = {.sa_handler = on_signal};
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
}

static int run_and_report(struct run *r)
{
    handle_signals(r->board.m); /* before wire() tells anybody that there is something to end */
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
        result_print(&r->result, &r->board, &r->report, r->until_running ? &r->started : NULL, rc,
                     stdout);
    } else if (!r->quiet) {
        result_line(&r->board, &r->report, rc);
    }
    return rc;
}

int cmd_run(int argc, char **argv)
{
    struct run *r = calloc(1, sizeof(*r));

    if (!r) {
        cli_error("out of memory");
        return EXIT_FILE;
    }
    r->time = VT_NEVER;
    int rc = parse(r, argc, argv);
    if (rc) {
        free(r);
        return rc - 1;
    }
    rc = board_open(&r->board, &r->args);
    if (!rc) {
        rc = run_and_report(r);
        interrupted = NULL;
        uart_backends_close(&r->uarts);
        gdb_free(r->gdb);
        board_close(&r->board);
    }
    report_free(&r->report);
    result_free(&r->result);
    until_free(&r->until);
    free(r);
    return rc;
}
