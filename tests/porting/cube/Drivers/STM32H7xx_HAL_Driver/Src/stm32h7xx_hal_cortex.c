/* SPDX-License-Identifier: MIT */
#include "stm32h7xx_hal.h"

#if defined(HAL_CORTEX_MODULE_ENABLED)

#define VECTKEY 0x05FAUL

void HAL_NVIC_SetPriorityGrouping(uint32_t PriorityGroup)
{
    SCB->AIRCR = VECTKEY << SCB_AIRCR_VECTKEY_Pos | PriorityGroup << SCB_AIRCR_PRIGROUP_Pos;
}

void HAL_NVIC_SetPriority(IRQn_Type IRQn, uint32_t PreemptPriority, uint32_t SubPriority)
{
    UNUSED(SubPriority); /* group 4 has none */
    NVIC_SetPriority(IRQn, PreemptPriority);
}

void HAL_NVIC_EnableIRQ(IRQn_Type IRQn)
{
    NVIC_EnableIRQ(IRQn);
}

void HAL_MPU_Disable(void)
{
    __DMB();
    SCB->SHCSR &= ~SCB_SHCSR_MEMFAULTENA_Msk;
    MPU->CTRL = 0;
}

void HAL_MPU_Enable(uint32_t MPU_Control)
{
    MPU->CTRL = MPU_Control | MPU_CTRL_ENABLE_Msk;
    SCB->SHCSR |= SCB_SHCSR_MEMFAULTENA_Msk;
    __DSB();
    __ISB();
}

/* RASR: PM0253, MPU region attribute and size register. */
void HAL_MPU_ConfigRegion(const MPU_Region_InitTypeDef *MPU_Init)
{
    MPU->RNR = MPU_Init->Number;
    MPU->RASR = 0;
    MPU->RBAR = MPU_Init->BaseAddress;
    MPU->RASR = (uint32_t)MPU_Init->DisableExec << 28 | (uint32_t)MPU_Init->AccessPermission << 24 |
                (uint32_t)MPU_Init->TypeExtField << 19 | (uint32_t)MPU_Init->IsShareable << 18 |
                (uint32_t)MPU_Init->IsCacheable << 17 | (uint32_t)MPU_Init->IsBufferable << 16 |
                (uint32_t)MPU_Init->SubRegionDisable << 8 | (uint32_t)MPU_Init->Size << 1 |
                MPU_Init->Enable;
}

#endif
