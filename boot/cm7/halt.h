/* SPDX-License-Identifier: MIT */
/* Where a bootloader that faults again and again ends. */
#ifndef DUO_BOOT_HALT_H
#define DUO_BOOT_HALT_H

#include <stdint.h>

/*
 * Stays, with nothing at work but a polled serial line and the feeding of the watchdogs, if the
 * bootloader has taken too many faults in a row, the last of them in the last boot. A key, the
 * reset pin or a power cycle begins again. `reset_flags`: RCC_RSR. Call it first of all.
 */
void halt_if_hopeless(uint32_t reset_flags);

#endif
