/* SPDX-License-Identifier: MIT */
/* What the commands of duoemu share beside hostlib/cli.h: messages, virtual times. */
#ifndef EMU_CLI_CLI_H
#define EMU_CLI_CLI_H

#include "emu/sched.h"
#include "hostlib/cli.h"

#include <stdbool.h>
#include <stddef.h>

/* The commands, in the order of --help; each cmd_NAME is in a file of its own. */
#define DUOEMU_COMMANDS(X) X(run) X(doctor) X(torture) X(glitch)

#define DECLARE_COMMAND(name) extern const struct command cmd_##name;
DUOEMU_COMMANDS(DECLARE_COMMAND)
#undef DECLARE_COMMAND

/* Setter of an option whose value is a virtual time; not zero. */
option_setter option_time; /* vtime_t */

/* Message on stderr: "duoemu: ...". */
void cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cli_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "2", "2s", "150ms", "20us", "7ns": virtual time; a bare number is seconds. */
bool cli_parse_time(const char *text, vtime_t *time);
bool cli_parse_u64(const char *text, unsigned long long *value);
/* "1.234567 s", into buf; returns buf. */
const char *cli_time(vtime_t t, char *buf, size_t size);

#endif
