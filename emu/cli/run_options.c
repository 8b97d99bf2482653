/* SPDX-License-Identifier: MIT */
/* The options of duoemu run. */
#include "emu/cli/run.h"

static const char *take_port(struct cli *cli, void *field, const char *value)
{
    unsigned long long *port = field;

    if (!cli_parse_u64(value, port) || *port > 65535) {
        return cli_mistake(
            cli, "'%s' is not a TCP port (0 to 65535; 0 takes a free one and prints it)", value);
    }
    ++*port;
    return NULL;
}

static const char *take_uart(struct cli *cli, void *field, const char *value)
{
    struct run *r = field;

    if (r->nuarts == sizeof(r->uart_specs) / sizeof(r->uart_specs[0])) {
        return "more than 8 --uart options";
    }
    uart_backend_files(value, &cli->files);
    r->uart_specs[r->nuarts++] = value;
    return NULL;
}

static const char *take_symbols(struct cli *cli, void *field, const char *value)
{
    struct board_args *args = &((struct run *)field)->args;

    if (args->nsymbols == BOARD_MAX_LOADS) {
        return cli_mistake(cli, "more than %u times --symbols", BOARD_MAX_LOADS);
    }
    args->symbols[args->nsymbols++] = value;
    return NULL;
}

static const char *take_usb(struct cli *cli, void *field, const char *value)
{
    struct run *r = field;

    (void)cli;
    if (r->nusbs == sizeof(r->usb_specs) / sizeof(r->usb_specs[0])) {
        return "more than 2 --usb options";
    }
    r->usb_specs[r->nusbs++] = value;
    return NULL;
}

static const char *take_until(struct cli *cli, void *field, const char *value)
{
    struct run *r = field;

    until_free(&r->until);
    return until_compile(&r->until, value, cli->mistake, sizeof(cli->mistake)) ? NULL
                                                                               : cli->mistake;
}

/* A run may end at once. */
static const char *take_duration(struct cli *cli, void *field, const char *value)
{
    return cli_parse_time(value, field)
               ? NULL
               : cli_mistake(cli, "--for takes a time such as 2s, 150ms or 20us, not '%s'", value);
}

static const char *take_cut(struct cli *cli, void *field, const char *value)
{
    (void)cli;
    return power_cut_parse(field, value) ? NULL : "";
}

static const char *take_events(struct cli *cli, void *field, const char *value)
{
    struct run *r = field;

    r->events_only = true;
    return option_text(cli, &r->trace_file, value);
}

static const char *take_trace(struct cli *cli, void *field, const char *value)
{
    struct run *r = field;

    r->events_only = false;
    return option_text(cli, &r->trace_file, value);
}

static const struct option_row rows[] = {
    {"uart", 0, "USARTn=WHAT",
     "stdio, pty, pty:PATH (under that name), tcp:PORT or file:PATH; default: USART3 prints on "
     "stdout",
     take_uart, 0, FILE_NONE},
    {"symbols", 0, "FILE.elf",
     "names of functions only, for content that came by HEX, BIN or --flash; can be repeated",
     take_symbols, 0, FILE_READ},
    {"usb", 0, "OTG_FS=usbip:PORT", "a USB/IP server that has this plug of the board", take_usb, 0,
     FILE_NONE},
    {"for", 0, "TIME", "end after this virtual time (s, ms, us, ns)", take_duration,
     offsetof(struct run, time), FILE_NONE},
    {"until", 0, "REGEX", "end when a line on a UART matches", take_until, 0, FILE_NONE},
    {"until-running", 0, NULL, "end when both cores have entered their applications", option_flag,
     offsetof(struct run, until_running), FILE_NONE},
    {"power-cut", 0, "at=TIME|flash-op=N[,outcome=O]",
     "power off, and on again after 100 ms; can be repeated", take_cut, offsetof(struct run, cuts),
     FILE_NONE},
    {"gdb-m7", 0, "PORT",
     "wait for gdb-multiarch (target remote :PORT) before the M7's first instruction", take_port,
     offsetof(struct run, gdb_port[CM7]), FILE_NONE},
    {"gdb-m4", 0, "PORT", "the same for the M4", take_port, offsetof(struct run, gdb_port[CM4]),
     FILE_NONE},
    {"gdb-reverse", 0, NULL,
     "let reverse-continue go back to the last flash operations; the file of --flash is only read",
     option_flag, offsetof(struct run, gdb_reverse), FILE_NONE},
    {"web", 0, "[ADDRESS:]PORT",
     "show the board on a web page, http://localhost:PORT/, to this machine alone unless an "
     "ADDRESS "
     "is given",
     option_text, offsetof(struct run, web_where), FILE_NONE},
    {"trace", 0, "FILE", "one line per instruction, exception and event of the chip", take_trace, 0,
     FILE_WRITTEN},
    {"trace-events", 0, "FILE", "the same without instructions", take_events, 0, FILE_WRITTEN},
    {"fast", 0, NULL, "do not hold virtual time back to the wall clock on interactive UARTs",
     option_flag, offsetof(struct run, fast), FILE_NONE},
    {"dcache", 0, NULL, "model the M7's data cache: stale and dirty lines as on the chip (slower)",
     option_flag, offsetof(struct run, dcache), FILE_NONE},
    {"semihosting", 0, NULL,
     "print what programs write by semihosting (BKPT 0xAB), and end when one exits", option_flag,
     offsetof(struct run, semihosting), FILE_NONE},
    {"itm", 0, NULL, "print what programs write to stimulus port 0 of the ITM", option_flag,
     offsetof(struct run, itm), FILE_NONE},
    {"no-skip", 0, NULL, "carry out every turn of loops that only poll (slower, same result)",
     option_flag, offsetof(struct run, no_skip), FILE_NONE},
    {0},
};

const struct option_group run_options[] = {
    {board_rows, offsetof(struct run, args)}, {rows, 0}, {cli_rows, OPTIONS_OF_CLI}, {0}};

const char *run_parse(struct cli *cli, struct run *r)
{
    r->args.takes_slcan = true;
    const char *mistake = cli_parse(cli, r);

    if (mistake) {
        return mistake;
    }
    r->json = cli->json;
    r->quiet = cli->verbosity < 0;
    r->verbose = cli->verbosity > 0;
    if (cli->operand_count) {
        return cli_mistake(cli, "'%s' is not an option; files are given with --m7, --m4 or --load",
                           cli->operands[0]);
    }
    if (r->gdb_reverse && !r->gdb_port[CM7] && !r->gdb_port[CM4]) {
        return "--gdb-reverse goes with --gdb-m7 or --gdb-m4";
    }
    if (!r->args.m7 && !r->args.m4 && !r->args.nloads && !r->args.flash_file) {
        return "no firmware; give at least --m7 FILE";
    }
    return NULL;
}
