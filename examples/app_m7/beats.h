/* SPDX-License-Identifier: MIT */
/* The heartbeats of both cores, as the Cortex-M7 counts and hears them. */
#ifndef EXAMPLE_BEATS_H
#define EXAMPLE_BEATS_H

/* Prints both versions and the last beat of each core. */
void beats_print(void);

#endif
