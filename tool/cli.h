/* SPDX-License-Identifier: MIT */
/* What all commands of duoboot share: the table, exit codes, options, messages. */
#ifndef DUO_TOOL_CLI_H
#define DUO_TOOL_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes, the same for every command; documented in `duoboot --help`. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_VERIFY = 1,   /* a signature, hash or content check failed */
    EXIT_USAGE = 2,    /* the command line */
    EXIT_IO = 3,       /* a file or device could not be opened, read or written */
    EXIT_TIMEOUT = 4,  /* the device did not answer in time */
    EXIT_REJECTED = 5, /* the input, or the device, says no: wrong kind of file, does not fit... */
    EXIT_INTERNAL = 6  /* out of memory, library failure */
};

struct cli {
    const char *command;
    bool json;
    int verbosity; /* -1 with -q, 1 and more with -v */
};

struct command {
    const char *name;
    const char *summary;                                /* one line of `duoboot --help` */
    const char *usage;                                  /* whole text of `duoboot NAME --help` */
    int (*run)(struct cli *cli, int argc, char **argv); /* argv[0] is the command; an exit_code */
};

extern const struct command cmd_keygen, cmd_sign, cmd_bundle, cmd_info, cmd_verify, cmd_update,
    cmd_factory;

/*
 * Options every command has. Put CLI_OPTIONS last into its struct option array, CLI_SHORT into its
 * short options, and give whatever it does not know itself to cli_option():
 *
 *     static const struct option options[] = {{"out", required_argument, NULL, 'o'}, CLI_OPTIONS};
 *     cli_parse(cli, argc, argv, "o:" CLI_SHORT, options, take, &args);
 *     in take(): switch (c) { case 'o': ...; default: return cli_option(cli, c) ? NULL : ""; }
 *
 * --help is dealt with by main() before the command runs. getopt has named a wrong option already.
 */
#define CLI_SHORT    "qvh"
#define CLI_OPT_JSON 0x1000
#define CLI_OPTIONS                                                                                \
    {"json", no_argument, NULL, CLI_OPT_JSON}, {"quiet", no_argument, NULL, 'q'},                  \
        {"verbose", no_argument, NULL, 'v'}, {"help", no_argument, NULL, 'h'},                     \
    {                                                                                              \
        NULL, 0, NULL, 0                                                                           \
    }
bool cli_option(struct cli *cli, int c);

/*
 * Gives each option of the command line to `take`, which returns NULL, or what is wrong with it in
 * words; "" when cli_option() has refused it and said so. Ends at the first mistake and returns it.
 * NULL: all are taken, and the arguments behind them begin at argv[optind].
 */
const char *cli_parse(struct cli *cli, int argc, char **argv, const char *short_options,
                      const struct option *options,
                      const char *(*take)(struct cli *cli, void *args, int c), void *args);

/* What went wrong (format), then what to do about it (hint, may be NULL). On stderr; under --json
 * also as an object on stdout. Returns `code`, so that a command can end with `return
 * cli_fail(...)`. */
int cli_fail(const struct cli *cli, enum exit_code code, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Ends a command whose command line has this mistake, as cli_parse() words it. */
int cli_usage(const struct cli *cli, const char *mistake);

/* A line of progress on stderr; not with -q or --json. */
void cli_note(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A number (decimal, 0x hex, 0 octal) up to max. False when it is not one. */
bool cli_number(const char *text, uint32_t max, uint32_t *value);

/* Writes a whole file: to a temporary beside it, then renamed, so that an existing file is replaced
 * completely or not at all. `mode` as for open(). False with errno set. */
bool cli_write_file(const char *path, const void *data, size_t size, int mode);

#endif
