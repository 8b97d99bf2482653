/* SPDX-License-Identifier: MIT */
/* The RAMs of the chip, as each core sees them (RM0399, memory map). */
#ifndef EMU_MEMORIES_H
#define EMU_MEMORIES_H

struct machine;

void memories_new(struct machine *m);
/* Power-on: every RAM holds noise, so that firmware which counts on zeros is found out. */
void memories_power_on(struct machine *m);
void memories_free(struct machine *m);

#endif
