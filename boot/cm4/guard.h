/* SPDX-License-Identifier: MIT */
/*
 * The M4 bootloader watches over a new M7 bootloader (core/txn/newboot.h). While it does, option
 * BCM7 is 0: the M7 is held at each reset until this core lets it go.
 */
#ifndef DUO_BOOT_CM4_GUARD_H
#define DUO_BOOT_CM4_GUARD_H

/* In RAM, before this core waits for the gate. Lets a held M7 go, and in a layout that swaps the
 * banks counts the time until guard_end(); or swaps the banks back and does not return. */
void guard_begin(void);

/* The M7's bootloader has opened the gate: it works. */
void guard_end(void);

/* SysTick. */
void guard_tick(void);

#endif
