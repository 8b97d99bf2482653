/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_PWR_EX_H
#define STM32H7XX_HAL_PWR_EX_H

#include "stm32h7xx_hal_def.h"

#define PWR_DIRECT_SMPS_SUPPLY PWR_CR3_SMPSEN
#define PWR_D2_DOMAIN          1U

HAL_StatusTypeDef HAL_PWREx_ConfigSupply(uint32_t SupplySource);
void HAL_PWREx_ClearPendingEvent(void);
void HAL_PWREx_EnterSTOPMode(uint32_t Regulator, uint8_t STOPEntry, uint32_t Domain);

#endif
