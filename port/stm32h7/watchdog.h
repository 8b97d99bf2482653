/* SPDX-License-Identifier: MIT */
/*
 * The independent watchdogs: IWDG1 is meant for the M7, IWDG2 for the M4. Either one resets the
 * whole chip, and both cores reach the registers of both. Once started a watchdog runs until a
 * system reset, which also puts its time back to 512 ms.
 *
 * Option IWDGx_SW = 0 starts one with the chip. Then it runs while a bootloader holds its core, so
 * the M7 bootloader feeds both.
 */
#ifndef DUO_WATCHDOG_H
#define DUO_WATCHDOG_H

#include <stdint.h>

#define WATCHDOG_MAX_MS 32000u /* 4096 periods of LSI / 256 at 32 kHz */

/*
 * Starts this core's watchdog, or gives a running one another time (rounded up to what it can do,
 * at most WATCHDOG_MAX_MS). LSI varies: allow for 10 %. Takes up to 160 us.
 */
void watchdog_start(uint32_t ms);

/* Gives the other core's watchdog another time if it runs; it is not started. Call it after
 * watchdog_start(), which starts the clock that the change needs. Takes up to 160 us. */
void watchdog_lengthen_other(uint32_t ms);

/* Feeds this core's watchdog; harmless while it does not run. */
void watchdog_feed(void);

/* Feeds both cores' watchdogs, for a time in which this core holds the other one up. The other
 * core's is left alone when it has a window: an early feed would be a reset. */
void watchdog_feed_both(void);

#endif
