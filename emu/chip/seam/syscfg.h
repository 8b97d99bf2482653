/* SPDX-License-Identifier: MIT */
/* SYSCFG: boot addresses, EXTI ports. */
#ifndef EMU_CHIP_SEAM_SYSCFG_H
#define EMU_CHIP_SEAM_SYSCFG_H

#include "emu/machine.h"

uint32_t syscfg_boot_addr(const struct syscfg *s,
                          enum core_id id); /* where the core boots, UR overrides included */
bool syscfg_core_boots(const struct syscfg *s, enum core_id id);  /* BCM7/BCM4 in force */
unsigned syscfg_exti_port(const struct syscfg *s, unsigned line); /* EXTICR: 0 = port A */
bool syscfg_overdrive(const struct syscfg *s);                    /* PWRCR.ODEN */

#endif
