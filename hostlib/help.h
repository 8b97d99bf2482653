/* SPDX-License-Identifier: MIT */
/* The help texts of a program and of its commands, made from their tables. */
#ifndef DUO_HOSTLIB_HELP_H
#define DUO_HOSTLIB_HELP_H

#include <stdio.h>

#include "hostlib/cli.h"

extern const struct option_row help_front_rows[]; /* what may stand before the command */
extern const char help_on_files[];

void help_program(const struct cli_program *program, FILE *out);
void help_command(const struct cli_program *program, const struct command *command, FILE *out);

#endif
