/* SPDX-License-Identifier: MIT */
/* The example's configuration names it, as CubeMX's does; of its contents nothing is used. */
#ifndef STM32H7XX_HAL_FLASH_H
#define STM32H7XX_HAL_FLASH_H

#include "stm32h7xx_hal_def.h"

#endif
