/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_HSEM_H
#define STM32H7XX_HAL_HSEM_H

#include "stm32h7xx_hal_def.h"

#define __HAL_HSEM_SEMID_TO_MASK(SEMID) (1UL << (SEMID))
#define __HAL_HSEM_CLEAR_FLAG(MASK)     (HSEM_COMMON->ICR = (MASK))

HAL_StatusTypeDef HAL_HSEM_FastTake(uint32_t SemID);
void HAL_HSEM_Release(uint32_t SemID, uint32_t ProcessID);
void HAL_HSEM_ActivateNotification(uint32_t SemMask);

#endif
