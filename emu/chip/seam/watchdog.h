/* SPDX-License-Identifier: MIT */
/* The independent watchdogs. */
#ifndef EMU_CHIP_SEAM_WATCHDOG_H
#define EMU_CHIP_SEAM_WATCHDOG_H

#include "emu/machine.h"

bool iwdg_running(const struct machine *m, enum core_id id); /* IWDG1 of the M7, IWDG2 of the M4 */

#endif
