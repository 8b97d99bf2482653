/* SPDX-License-Identifier: MIT */
/*
 * In a layout that does not swap the banks somebody has done it: with a programmer, or a program
 * that changes option bytes. Then the M7 takes its vectors from the M4's bootloader, whose reset
 * vector leads to this program's reset code (boot/reset_place.h), which lies in the second bank
 * now. It works there, but nothing else of this program does.
 */
#ifndef BOOT_CM7_SWAPPED_H
#define BOOT_CM7_SWAPPED_H

/* Says so, and swaps the banks back when key `o` comes; with DUO_REPAIR_OPTIONS at once. Neither
 * core runs an application. */
_Noreturn void swapped(void);

#endif
