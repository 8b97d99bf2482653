/* SPDX-License-Identifier: MIT */
/* Interrupt enables of this core's NVIC. */
#ifndef DUO_NVIC_H
#define DUO_NVIC_H

#include "chip/stm32h7/regs.h"
#include "port/stm32h7/cpu.h"

CPU_INLINE void nvic_enable(uint32_t irq)
{
    REG_AT(SCS_BASE, SCS_ISER0 + 4u * (irq / 32u)) = 1u << (irq % 32u);
}

/* After it returns the interrupt cannot be taken any more. */
CPU_INLINE void nvic_disable(uint32_t irq)
{
    REG_AT(SCS_BASE, SCS_ICER0 + 4u * (irq / 32u)) = 1u << (irq % 32u);
    cpu_dsb();
    cpu_isb();
}

/* Clears its pending bit; a source that still asks sets it again. */
CPU_INLINE void nvic_forget(uint32_t irq)
{
    REG_AT(SCS_BASE, SCS_ICPR0 + 4u * (irq / 32u)) = 1u << (irq % 32u);
}

/* 0 is the highest of the 16 levels. */
CPU_INLINE void nvic_priority(uint32_t irq, uint32_t level)
{
    REG8_AT(SCS_BASE, SCS_IPR0 + irq) = (uint8_t)(level << 4);
}

#endif
