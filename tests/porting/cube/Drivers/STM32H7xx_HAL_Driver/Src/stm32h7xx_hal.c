/* SPDX-License-Identifier: MIT */
#include "stm32h7xx_hal.h"

__IO uint32_t uwTick;
HAL_TickFreqTypeDef uwTickFreq = HAL_TICK_FREQ_DEFAULT;

HAL_StatusTypeDef HAL_Init(void)
{
    HAL_NVIC_SetPriorityGrouping(NVIC_PRIORITYGROUP_4);
    if (HAL_InitTick(TICK_INT_PRIORITY) != HAL_OK) {
        return HAL_ERROR;
    }
    HAL_MspInit();
    return HAL_OK;
}

__weak void HAL_MspInit(void)
{
}

__weak HAL_StatusTypeDef HAL_InitTick(uint32_t TickPriority)
{
#if defined(CORE_CM4)
    const uint32_t clock = SystemD2Clock;
#else
    const uint32_t clock = SystemCoreClock;
#endif

    if (SysTick_Config(clock / 1000U) != 0U) {
        return HAL_ERROR;
    }
    HAL_NVIC_SetPriority(SysTick_IRQn, TickPriority, 0);
    return HAL_OK;
}

__weak void HAL_IncTick(void)
{
    uwTick += (uint32_t)uwTickFreq;
}

__weak uint32_t HAL_GetTick(void)
{
    return uwTick;
}

__weak void HAL_Delay(uint32_t Delay)
{
    const uint32_t start = HAL_GetTick();

    while (HAL_GetTick() - start <= Delay) {
    }
}
