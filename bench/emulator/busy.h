/* SPDX-License-Identifier: MIT */
/* A core that never waits: what the emulator is timed with. */
#ifndef BENCH_BUSY_H
#define BENCH_BUSY_H

#include <stdint.h>

/* Rounds done so far, a word after the stack: the bench reads it, so that no work can be optimised
 * away. */
#define BUSY_ROUNDS_OFFSET 0x8000u /* from the start of RAM */

/* One round of work. */
void busy_round(uint32_t round);

#endif
