/* SPDX-License-Identifier: MIT */
/* DBGMCU: what stands while a debugger halts a core. */
#ifndef EMU_CHIP_SEAM_DBGMCU_H
#define EMU_CHIP_SEAM_DBGMCU_H

#include "emu/machine.h"

enum dbg_freeze { DBG_WWDG1, DBG_WWDG2, DBG_IWDG1, DBG_IWDG2, DBG_FREEZES };

/* Does it stand now: is a core halted whose freeze bit of that block is set? NULL is allowed. */
bool dbgmcu_frozen(const struct dbgmcu *d, enum dbg_freeze block);
/* Told whenever the answer may have changed. */
void dbgmcu_on_change(struct dbgmcu *d, void (*fn)(void *arg), void *arg);
/* A core was halted or let go. */
void dbgmcu_halt(struct dbgmcu *d, enum core_id id, bool halted);
/* A probe came to that core: it freezes all watchdogs while the core is halted, as the scripts of
 * probes do (OpenOCD's stm32h7x.cfg), at once and after each power-on. */
void dbgmcu_probe(struct dbgmcu *d, enum core_id id);

#endif
