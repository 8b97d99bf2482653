/* SPDX-License-Identifier: MIT */
/*
 * Time by the core's cycle counter, which needs no interrupt. It stands still while the core
 * sleeps, so wait awake.
 */
#ifndef DUO_PORT_CYCLES_H
#define DUO_PORT_CYCLES_H

#include <stdint.h>

#define CYCLES_HIGHEST_HZ 480000000u /* the M7 at VOS0 (data sheet) */

/* Lets the counter run; its value is left alone. */
void cycles_start(void);

/*
 * Milliseconds that were counted, of a core at the highest clock there is: at 64 MHz they are
 * longer than they say, never shorter. From one call to the next at most one is counted, so call it
 * again and again while you wait: an application that sets the counter to 0 makes a wait longer,
 * and never shorter. Runs from RAM.
 */
uint32_t cycles_ms(void);

#endif
