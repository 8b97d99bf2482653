/* SPDX-License-Identifier: MIT */
/* EXTI: edges, direct lines, wake-up. */
#ifndef EMU_CHIP_SEAM_EXTI_H
#define EMU_CHIP_SEAM_EXTI_H

#include "emu/machine.h"

/* Configurable line edge (GPIO, PVD, ...): rising = new level 1. */
void exti_edge(struct exti *e, unsigned line, bool rising);
/* Direct line (HSEM, SEV, USART wake-up): level. */
void exti_direct(struct exti *e, unsigned line, bool level);
/* Can this NVIC request start the stopped clock of a core in CStop? Configurable lines pend only
 * when they are unmasked; direct ones need their IMR bit. */
bool exti_wakes(const struct exti *e, enum core_id id, unsigned irq);
/* A core executed SEV: RXEV of the other core if it unmasked the line, IRQ 64/65 of its NVIC. */
void exti_sev(struct exti *e, enum core_id from);

#endif
