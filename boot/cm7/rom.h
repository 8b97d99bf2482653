/* SPDX-License-Identifier: MIT */
/* ST's ROM loader, started as a reset would. */
#ifndef DUO_BOOT_ROM_H
#define DUO_BOOT_ROM_H

#define ROM_REQUEST 0x524F4D31u /* in DUO_REQUEST_REGISTER, left by recovery for the next boot */

/* Enters the ROM loader if that was asked for. Call it before anything but the clock is set up: the
 * ROM expects the chip as after reset. */
void rom_enter_if_asked(void);

#endif
