/* SPDX-License-Identifier: MIT */
/* What the task that belongs to libduo does besides life signs: updates, on the M7. */
#ifndef EXAMPLE_UPDATES_H
#define EXAMPLE_UPDATES_H

#include <stdbool.h>
#include <stdint.h>

/* Before the scheduler, and in each round of the task. */
void updates_start(void);
void updates_run(uint32_t now_ms);

/* A line of text for whoever listens, when no client talks on the same line. False: not now. */
bool updates_say(const char *text, uint32_t now_ms);

#endif
