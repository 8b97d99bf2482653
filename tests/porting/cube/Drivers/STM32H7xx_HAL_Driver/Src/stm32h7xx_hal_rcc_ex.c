/* SPDX-License-Identifier: MIT */
#include "stm32h7xx_hal.h"

#if defined(HAL_RCC_MODULE_ENABLED)

#define USART234578SEL 7U

HAL_StatusTypeDef HAL_RCCEx_PeriphCLKConfig(const RCC_PeriphCLKInitTypeDef *PeriphClkInit)
{
    if (PeriphClkInit->PeriphClockSelection != RCC_PERIPHCLK_USART3) {
        return HAL_ERROR;
    }
    MODIFY_REG(RCC->D2CCIP2R, USART234578SEL, PeriphClkInit->Usart234578ClockSelection);
    return HAL_OK;
}

#endif
