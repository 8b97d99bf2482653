/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_PWR_H
#define STM32H7XX_HAL_PWR_H

#include "stm32h7xx_hal_def.h"

#define PWR_REGULATOR_VOLTAGE_SCALE3 (1UL << 14)
#define PWR_MAINREGULATOR_ON         0U
#define PWR_STOPENTRY_WFE            2U
#define PWR_FLAG_VOSRDY              4U

#define __HAL_PWR_VOLTAGESCALING_CONFIG(SCALE) MODIFY_REG(PWR->D3CR, PWR_D3CR_VOS, (SCALE))
#define __HAL_PWR_GET_FLAG(FLAG)                                                                   \
    ((FLAG) == PWR_FLAG_VOSRDY && (PWR->D3CR & PWR_D3CR_VOSRDY) == PWR_D3CR_VOSRDY)

#include "stm32h7xx_hal_pwr_ex.h"

#endif
