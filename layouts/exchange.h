/* SPDX-License-Identifier: MIT */
/*
 * Layout "exchange": each core's slots lie in the bank it runs from, and an update is installed by
 * an exchange of sectors. The applications are at the addresses that ST's examples for two cores
 * use.
 *
 * A layout is one file like this. Firmware and host programs make a value of it (layouts/layout.c),
 * linker scripts include it; cmake -DDUO_LAYOUT=<name> chooses it. Only #define lines without
 * suffixes, so that a linker script can read it. The rules it has to keep are in layouts/layout.c.
 */
#ifndef LAYOUTS_EXCHANGE_H
#define LAYOUTS_EXCHANGE_H

#include "chip/stm32h7/memory.h"

#define LAYOUT_NAME   "exchange"
#define LAYOUT_NUMBER 0 /* in signed files: never to be changed, or given to another layout */
#define LAYOUT_TWIN   0

/* Bank 1: the Cortex-M7. The bootloader has its sector to itself; its size is what the build holds
 * it to. */
#define LAYOUT_CM7_BOOT_BASE    0x08000000
#define LAYOUT_CM7_BOOT_SIZE    0x00016000
#define LAYOUT_CM7_APP_BASE     0x08020000
#define LAYOUT_CM7_SECTORS      3
#define LAYOUT_CM7_STAGING_BASE 0x08080000
#define LAYOUT_CM7_SPARE_BASE   0x080E0000

/* Bank 2: the Cortex-M4, and the journal in the last two sectors. */
#define LAYOUT_CM4_BOOT_BASE    0x08100000
#define LAYOUT_CM4_BOOT_SIZE    0x00001000
#define LAYOUT_CM4_APP_BASE     0x08120000
#define LAYOUT_CM4_SECTORS      2
#define LAYOUT_CM4_STAGING_BASE 0x08160000
#define LAYOUT_CM4_SPARE_BASE   0x081A0000
#define LAYOUT_JOURNAL_A_BASE   0x081C0000
#define LAYOUT_JOURNAL_B_BASE   0x081E0000

#endif
