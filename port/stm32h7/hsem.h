/* SPDX-License-Identifier: MIT */
/*
 * Hardware semaphores. A semaphore is only ever looked at through Rn: reading RLRn takes it.
 * COREID is compared with the bus master, so a core can only take and free its own.
 */
#ifndef DUO_HSEM_H
#define DUO_HSEM_H

#include <stdbool.h>
#include <stdint.h>

#define HSEM_CORE_CM7 3u
#define HSEM_CORE_CM4 1u
#ifdef CORE_CM7
#define HSEM_CORE_SELF HSEM_CORE_CM7
#else
#define HSEM_CORE_SELF HSEM_CORE_CM4
#endif

/* Switches this core's clock enable of the block on or off. */
void hsem_clock(bool on);

/* Takes semaphore `number` (0..31) in two steps; false if somebody else holds it. */
bool hsem_take(uint32_t number, uint32_t core, uint32_t process);

/* Frees it and raises its interrupt flag for both cores; ignored unless this core holds it. */
void hsem_release(uint32_t number, uint32_t core, uint32_t process);

/* Looks without taking. */
bool hsem_held_by(uint32_t number, uint32_t core, uint32_t process);
bool hsem_is_free(uint32_t number);

/* Forgets all release flags of both cores. */
void hsem_clear_flags(void);

#endif
