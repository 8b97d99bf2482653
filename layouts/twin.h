/* SPDX-License-Identifier: MIT */
/*
 * Layout "twin": a whole set, bootloaders included, lies in one bank, and the next one in the
 * other. An update is installed by a swap of the banks. docs/layouts.md says what it costs and
 * gives.
 *
 * Addresses are those of the bank that comes first; the bank that comes second has the same at
 * 0x08100000. See layouts/exchange.h for what such a file may hold.
 */
#ifndef LAYOUTS_TWIN_H
#define LAYOUTS_TWIN_H

#include "chip/stm32h7/memory.h"

#define LAYOUT_NAME   "twin"
#define LAYOUT_NUMBER 1 /* in signed files: never to be changed, or given to another layout */
#define LAYOUT_TWIN   1

/* Sector 0: both bootloaders. What of the M7's is needed by recovery alone lies after the M4's.
 * That begins at a multiple of 64 KiB, because BOOT_CM4_ADD0 has the upper half of an address
 * (RM0399, FLASH_BOOT4). */
#define LAYOUT_CM7_BOOT_BASE 0x08000000
#define LAYOUT_CM7_BOOT_SIZE 0x00010000
#define LAYOUT_CM7_LATE_BASE 0x08011000
#define LAYOUT_CM7_LATE_SIZE 0x0000F000
#define LAYOUT_CM4_BOOT_BASE 0x08010000
#define LAYOUT_CM4_BOOT_SIZE 0x00001000

/* Sectors 1 to 4 and 5, 6: the applications. Staging is the same place in the second bank. */
#define LAYOUT_CM7_APP_BASE     0x08020000
#define LAYOUT_CM7_SECTORS      4
#define LAYOUT_CM7_STAGING_BASE 0x08120000
#define LAYOUT_CM4_APP_BASE     0x080A0000
#define LAYOUT_CM4_SECTORS      2
#define LAYOUT_CM4_STAGING_BASE 0x081A0000

/* Nothing is moved, so nothing is set aside. */
#define LAYOUT_CM7_SPARE_BASE 0
#define LAYOUT_CM4_SPARE_BASE 0

/* Sector 7 of each bank: the two halves of the journal. */
#define LAYOUT_JOURNAL_A_BASE 0x080E0000
#define LAYOUT_JOURNAL_B_BASE 0x081E0000

#endif
