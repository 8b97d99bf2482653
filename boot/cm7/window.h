/* SPDX-License-Identifier: MIT */
/* A time after reset in which a key enters recovery. */
#ifndef DUO_BOOT_WINDOW_H
#define DUO_BOOT_WINDOW_H

#include <stdbool.h>

#define WINDOW_PASSED 0x57494E31u /* in DUO_REQUEST_REGISTER: this boot comes after the window */

/*
 * Waits DUO_START_WINDOW_MS (cmake/options.cmake; 0, as built unless asked for, leaves it out: it
 * delays every start). True: a key came. Otherwise it resets, so that the applications find the
 * chip as after a reset, and returns false in the boot after that reset.
 */
bool window_key(void);

#endif
