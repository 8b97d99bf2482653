/* SPDX-License-Identifier: MIT */
/*
 * Instructions of the Cortex-M7 and Cortex-M4 that C has no words for. All of them are compiler
 * barriers too.
 */
#ifndef DUO_CPU_H
#define DUO_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* Also without optimisation: functions that run from RAM use these, and must call nothing in flash.
 */
#define CPU_INLINE static inline __attribute__((always_inline))

CPU_INLINE void cpu_dsb(void)
{
    __asm volatile("dsb" ::: "memory");
}

CPU_INLINE void cpu_isb(void)
{
    __asm volatile("isb" ::: "memory");
}

CPU_INLINE void cpu_wfi(void)
{
    __asm volatile("wfi" ::: "memory");
}

CPU_INLINE void cpu_wfe(void)
{
    __asm volatile("wfe" ::: "memory");
}

CPU_INLINE void cpu_sev(void)
{
    __asm volatile("sev" ::: "memory");
}

CPU_INLINE void cpu_irq_disable(void)
{
    __asm volatile("cpsid i" ::: "memory");
}

CPU_INLINE void cpu_irq_enable(void)
{
    __asm volatile("cpsie i" ::: "memory");
}

/* Masks interrupts and tells whether they were masked before; give that to cpu_irq_restore. */
CPU_INLINE uint32_t cpu_irq_save(void)
{
    uint32_t primask;

    __asm volatile("mrs %0, primask\n cpsid i" : "=r"(primask)::"memory");
    return primask;
}

CPU_INLINE void cpu_irq_restore(uint32_t primask)
{
    __asm volatile("msr primask, %0" ::"r"(primask) : "memory");
}

/* Number of the exception that is being served; 0 in thread mode. */
CPU_INLINE uint32_t cpu_exception(void)
{
    uint32_t ipsr;

    __asm volatile("mrs %0, ipsr" : "=r"(ipsr));
    return ipsr;
}

/* FAULTMASK raises the core to priority -1: no interrupt, no fault handler but NMI. */
CPU_INLINE uint32_t cpu_fault_save(void)
{
    uint32_t faultmask;

    __asm volatile("mrs %0, faultmask\n cpsid f" : "=r"(faultmask)::"memory");
    return faultmask;
}

CPU_INLINE void cpu_fault_restore(uint32_t faultmask)
{
    __asm volatile("msr faultmask, %0" ::"r"(faultmask) : "memory");
}

#endif
