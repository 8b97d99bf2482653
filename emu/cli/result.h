/* SPDX-License-Identifier: MIT */
/* The result of a run, for people (one line) and for scripts (JSON). */
#ifndef EMU_CLI_RESULT_H
#define EMU_CLI_RESULT_H

#include "emu/cli/report.h"
#include "emu/cli/started.h"
#include "emu/machine.h"

struct result {
    char *uart[UARTS + 1]; /* what each UART printed, for --json */
    size_t len[UARTS + 1], room[UARTS + 1];
};

void result_uart(struct result *r, unsigned n, uint8_t byte);
void result_free(struct result *r);
void result_line(const struct board *b, const struct report *report, int exit_code);
/* On stdout, as cli_put_json() does:
 * {"result","exit_code","virtual_time_s","instructions","flash","uart","faults","notes"}, and
 * "running_s" unless `started` is NULL. */
void result_print(const struct result *r, const struct board *b, const struct report *report,
                  const struct started *started, int exit_code);

#endif
