/* SPDX-License-Identifier: MIT */
/* What a system wants to know of a program, from the tables of its commands: a manual page, and
 * completion for shells. */
#ifndef DUO_HOSTLIB_GENERATE_H
#define DUO_HOSTLIB_GENERATE_H

#include <stdio.h>

#include "hostlib/cli.h"

void generate_manual(const struct cli_program *program, FILE *out);

void generate_bash(const struct cli_program *program, FILE *out);
void generate_zsh(const struct cli_program *program, FILE *out);
void generate_fish(const struct cli_program *program, FILE *out);

/* `NAME --generate KIND`: man, bash, zsh or fish, on standard output. An exit code. */
int generate(const struct cli_program *program, const char *kind);

#endif
