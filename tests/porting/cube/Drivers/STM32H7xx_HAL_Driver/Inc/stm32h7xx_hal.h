/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_H
#define STM32H7XX_HAL_H

#include "stm32h7xx_hal_conf.h"

typedef enum {
    HAL_TICK_FREQ_1KHZ = 1U,
    HAL_TICK_FREQ_DEFAULT = HAL_TICK_FREQ_1KHZ
} HAL_TickFreqTypeDef;

extern __IO uint32_t uwTick;
extern HAL_TickFreqTypeDef uwTickFreq;

HAL_StatusTypeDef HAL_Init(void);
void HAL_MspInit(void);
HAL_StatusTypeDef HAL_InitTick(uint32_t TickPriority);
void HAL_IncTick(void);
uint32_t HAL_GetTick(void);
void HAL_Delay(uint32_t Delay);

#endif
