/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_DEF_H
#define STM32H7XX_HAL_DEF_H

#include <stddef.h>

#include "stm32h7xx.h"

typedef enum { HAL_OK, HAL_ERROR, HAL_BUSY, HAL_TIMEOUT } HAL_StatusTypeDef;

#define HAL_MAX_DELAY 0xFFFFFFFFU
#define __weak        __attribute__((weak))

#endif
