/* SPDX-License-Identifier: MIT */
/* What the subcommands of duoemu share: exit codes, messages, the dispatch table. */
#ifndef EMU_CLI_CLI_H
#define EMU_CLI_CLI_H

#include "emu/sched.h"

#include <stdbool.h>
#include <stddef.h>

/* Documented in docs/emulator.md; scripts depend on them. */
enum exit_code {
    EXIT_FOUND = 0, /* the pattern of --until was seen; doctor: healthy; torture: no device stuck */
    EXIT_FINDINGS = 1, /* doctor: findings; torture: a device stuck or a broken invariant */
    EXIT_USAGE = 2,    /* bad arguments */
    EXIT_TIME = 3,     /* virtual time is over */
    EXIT_LOCKUP = 4,   /* no core can run again without a reset */
    EXIT_FILE = 5,     /* a file cannot be read, is of the wrong kind or does not fit */
    EXIT_IDLE = 6,     /* both cores sleep and nothing is left that could wake them */
    EXIT_USER = 7,     /* ended from outside: Ctrl-], SIGINT, SIGTERM */
};

int cmd_run(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_torture(int argc, char **argv);

/* Message on stderr: "duoemu: ...". */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cli_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "2", "2s", "150ms", "20us", "7ns": virtual time; a bare number is seconds. */
bool cli_parse_time(const char *text, vtime_t *time);
bool cli_parse_u64(const char *text, unsigned long long *value);
/* "1.234567 s", into buf; returns buf. */
const char *cli_time(vtime_t t, char *buf, size_t size);

#endif
