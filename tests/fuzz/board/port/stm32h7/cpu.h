/* SPDX-License-Identifier: MIT */
/* In place of port/stm32h7/cpu.h in the targets "recovery" and "session", which say what happens
 * there. */
#ifndef DUO_CPU_H
#define DUO_CPU_H

#include <stdint.h>

void cpu_wfi(void);           /* waiting lets time pass */
uint32_t cpu_exception(void); /* 0, or the number of an interrupt */

static inline void cpu_dsb(void)
{
}

#endif
