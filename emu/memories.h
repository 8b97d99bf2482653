/* SPDX-License-Identifier: MIT */
/* The RAMs of the chip, as each core sees them (RM0399, memory map). */
#ifndef EMU_MEMORIES_H
#define EMU_MEMORIES_H

#include "emu/bus.h"

struct machine;

void memories_new(struct machine *m);
/* Power-on: every RAM holds noise, so that firmware which counts on zeros is found out. */
void memories_power_on(struct machine *m);
/* Those of the domain of that core lose what they held. */
void memories_lose(struct machine *m, enum core_id id);
void memories_free(struct machine *m);

#endif
