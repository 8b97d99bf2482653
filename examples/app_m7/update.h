/* SPDX-License-Identifier: MIT */
/* The running application takes an update over its own serial line, by YMODEM. */
#ifndef EXAMPLE_UPDATE_H
#define EXAMPLE_UPDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Asks for a bundle, or for the rest of one that an earlier session left behind: says from which
 * byte on the file has to be sent. `again`: from the first byte in any case.
 */
void update_start(bool again);

/* An update is under way, so the bytes of the line belong to it. */
bool update_active(void);

/* To be called in the main loop: work for an update that comes in by the M4's link or an SMP
 * client. */
void update_work(void);

/* To be called in the main loop with the bytes that have arrived. */
void update_run(const uint8_t *bytes, size_t n, uint32_t now_ms);

#endif
