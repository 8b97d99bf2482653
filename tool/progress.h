/* SPDX-License-Identifier: MIT */
/* A progress bar on stderr; only on a terminal, so that a log stays readable. */
#ifndef DUO_TOOL_PROGRESS_H
#define DUO_TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "hostlib/cli.h"

struct progress {
    bool shown;
    uint32_t total, started, drawn;
};

void progress_start(struct progress *p, const struct cli *cli, uint32_t total, uint32_t now_ms);
void progress_show(struct progress *p, uint32_t done, uint32_t now_ms);
/* Leaves the bar behind on a line of its own. */
void progress_end(struct progress *p);

#endif
