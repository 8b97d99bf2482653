/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_RCC_EX_H
#define STM32H7XX_HAL_RCC_EX_H

#include "stm32h7xx_hal_def.h"

typedef struct {
    uint64_t PeriphClockSelection;
    uint32_t Usart234578ClockSelection;
} RCC_PeriphCLKInitTypeDef;

#define RCC_PERIPHCLK_USART3             2ULL
#define RCC_USART234578CLKSOURCE_D2PCLK1 0U

HAL_StatusTypeDef HAL_RCCEx_PeriphCLKConfig(const RCC_PeriphCLKInitTypeDef *PeriphClkInit);

#endif
