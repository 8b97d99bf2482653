/* SPDX-License-Identifier: MIT */
/*
 * The independent watchdog of this core (IWDG1 on the M7, IWDG2 on the M4). Either one resets the
 * whole chip. Once started it runs until a system reset.
 */
#ifndef DUO_WATCHDOG_H
#define DUO_WATCHDOG_H

#include <stdint.h>

#define WATCHDOG_MAX_MS 32000u /* 4096 periods of LSI / 256 at 32 kHz */

/*
 * Starts it, or gives a running one another time (rounded up to what it can do, at most
 * WATCHDOG_MAX_MS). LSI varies: allow for 10 %.
 */
void watchdog_start(uint32_t ms);

/* Harmless while it does not run. */
void watchdog_feed(void);

#endif
