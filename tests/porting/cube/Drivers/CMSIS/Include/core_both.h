/* SPDX-License-Identifier: MIT */
/* Names and places are those of CMSIS; both cores have the same here (PM0253, PM0214: core
 * peripherals). */
#ifndef CORE_BOTH_H
#define CORE_BOTH_H

#include <stdint.h>

#define __IO  volatile
#define __IOM volatile
#define __IM  volatile const

typedef struct {
    __IM uint32_t CPUID;
    __IOM uint32_t ICSR;
    __IOM uint32_t VTOR;
    __IOM uint32_t AIRCR;
    __IOM uint32_t SCR;
    __IOM uint32_t CCR;
    __IOM uint8_t SHPR[12];
    __IOM uint32_t SHCSR;
    uint32_t RESERVED[24];
    __IOM uint32_t CPACR;
} SCB_Type;

typedef struct {
    __IOM uint32_t CTRL;
    __IOM uint32_t LOAD;
    __IOM uint32_t VAL;
} SysTick_Type;

typedef struct {
    __IM uint32_t TYPE;
    __IOM uint32_t CTRL;
    __IOM uint32_t RNR;
    __IOM uint32_t RBAR;
    __IOM uint32_t RASR;
} MPU_Type;

#define SCB     ((SCB_Type *)0xE000ED00UL)
#define SysTick ((SysTick_Type *)0xE000E010UL)
#define MPU     ((MPU_Type *)0xE000ED90UL)

#define SCB_SCR_SLEEPDEEP_Msk      (1UL << 2)
#define SCB_SCR_SEVONPEND_Msk      (1UL << 4)
#define SCB_SHCSR_MEMFAULTENA_Msk  (1UL << 16)
#define SCB_AIRCR_VECTKEY_Pos      16U
#define SCB_AIRCR_PRIGROUP_Pos     8U
#define SysTick_CTRL_CLKSOURCE_Msk (1UL << 2)
#define SysTick_CTRL_TICKINT_Msk   (1UL << 1)
#define SysTick_CTRL_ENABLE_Msk    1UL
#define MPU_CTRL_ENABLE_Msk        1UL

#define NVIC_ISER ((__IOM uint32_t *)0xE000E100UL)
#define NVIC_IPR  ((__IOM uint8_t *)0xE000E400UL)

static inline void __DSB(void)
{
    __asm volatile("dsb 0xF" ::: "memory");
}

static inline void __ISB(void)
{
    __asm volatile("isb 0xF" ::: "memory");
}

static inline void __DMB(void)
{
    __asm volatile("dmb 0xF" ::: "memory");
}

static inline void __WFE(void)
{
    __asm volatile("wfe" ::: "memory");
}

static inline void __WFI(void)
{
    __asm volatile("wfi" ::: "memory");
}

static inline void __SEV(void)
{
    __asm volatile("sev" ::: "memory");
}

static inline void __disable_irq(void)
{
    __asm volatile("cpsid i" ::: "memory");
}

static inline void NVIC_EnableIRQ(IRQn_Type interrupt)
{
    if (interrupt >= 0) {
        NVIC_ISER[(uint32_t)interrupt / 32U] = 1UL << ((uint32_t)interrupt % 32U);
    }
}

static inline void NVIC_SetPriority(IRQn_Type interrupt, uint32_t priority)
{
    const uint8_t byte = (uint8_t)(priority << (8U - __NVIC_PRIO_BITS));

    if (interrupt >= 0) {
        NVIC_IPR[interrupt] = byte;
    } else {
        SCB->SHPR[((uint32_t)interrupt & 15U) - 4U] = byte;
    }
}

static inline uint32_t SysTick_Config(uint32_t ticks)
{
    SysTick->LOAD = ticks - 1U;
    NVIC_SetPriority(SysTick_IRQn, (1UL << __NVIC_PRIO_BITS) - 1U);
    SysTick->VAL = 0;
    SysTick->CTRL = SysTick_CTRL_CLKSOURCE_Msk | SysTick_CTRL_TICKINT_Msk | SysTick_CTRL_ENABLE_Msk;
    return 0;
}

#endif
