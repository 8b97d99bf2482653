/* SPDX-License-Identifier: MIT */
/* The M4's half of a dual-core start: to Stop, until semaphore 0 is released. */
#ifndef BROKEN_GATE_H
#define BROKEN_GATE_H

#include "user.h"

static inline void wait_in_stop(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    HSEM_C2ICR = 1;
    PWR_CPU2CR &= ~7u;
    SCB_SCR |= 4;
    HSEM_C2IER = 1;
    EXTI_C2EMR3 |= 1u << 14;
    __asm volatile("dsb\nsev\nwfe\nwfe" ::: "memory"); /* the first WFE clears an old event */
    SCB_SCR &= ~4u;
    HSEM_C2ICR = 1;
    HSEM_C2IER = 0;
    EXTI_C2EMR3 &= ~(1u << 14);
    RCC_AHB4ENR &= ~(1u << 25);
}

/* The M7's half. */
static inline void release_gate(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    (void)HSEM_RLR(0);
    HSEM_R(0) = 3u << 8;
}

#endif
