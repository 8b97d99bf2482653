/* SPDX-License-Identifier: MIT */
/* ART, the instruction cache of the CM4. `t` may be NULL. */
#ifndef EMU_CHIP_SEAM_ART_H
#define EMU_CHIP_SEAM_ART_H

#include "emu/machine.h"

/* The CM4 fetches from flash at addr (at least once a page and after each change of the flash). */
void art_fetch(struct art *t, uint32_t addr);
void art_flash_changed(struct art *t, uint32_t addr, uint32_t len);
void art_written_through(struct art *t, uint32_t addr);

#endif
