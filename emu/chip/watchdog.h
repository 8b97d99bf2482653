/* SPDX-License-Identifier: MIT */
/* Constructors of the two kinds of watchdogs; watchdog_new() calls both. */
#ifndef EMU_CHIP_WATCHDOG_H
#define EMU_CHIP_WATCHDOG_H

#include "emu/chip/chip.h"

void iwdg_new(struct machine *m, enum core_id id);
void wwdg_new(struct machine *m, enum core_id id);

#endif
