/* SPDX-License-Identifier: MIT */
/* Milliseconds from SysTick; point the SysTick vector to tick_isr(). Wraps after 49 days. */
#ifndef DUO_TICK_H
#define DUO_TICK_H

#include <stdint.h>

/* Interrupts 1000 times a second; `core_hz` is the clock of this core. */
void tick_start(uint32_t core_hz);
void tick_stop(void);
uint32_t tick_ms(void);
void tick_isr(void);

#endif
