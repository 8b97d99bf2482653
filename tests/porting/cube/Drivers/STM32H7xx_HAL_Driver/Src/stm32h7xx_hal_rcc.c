/* SPDX-License-Identifier: MIT */
/* HSI without dividers is all that there is: anything else is an error. */
#include "stm32h7xx_hal.h"

#if defined(HAL_RCC_MODULE_ENABLED)

HAL_StatusTypeDef HAL_RCC_OscConfig(RCC_OscInitTypeDef *RCC_OscInitStruct)
{
    if (RCC_OscInitStruct->OscillatorType != RCC_OSCILLATORTYPE_HSI ||
        RCC_OscInitStruct->HSIState != RCC_HSI_DIV1 ||
        RCC_OscInitStruct->PLL.PLLState != RCC_PLL_NONE) {
        return HAL_ERROR;
    }
    SET_BIT(RCC->CR, RCC_CR_HSION);
    while ((RCC->CR & RCC_CR_HSIRDY) == 0U) {
    }
    return HAL_OK;
}

HAL_StatusTypeDef HAL_RCC_ClockConfig(const RCC_ClkInitTypeDef *RCC_ClkInitStruct,
                                      uint32_t FLatency)
{
    UNUSED(FLatency); /* the one after reset will do */
    if ((RCC_ClkInitStruct->SYSCLKSource | RCC_ClkInitStruct->SYSCLKDivider |
         RCC_ClkInitStruct->AHBCLKDivider | RCC_ClkInitStruct->APB1CLKDivider |
         RCC_ClkInitStruct->APB2CLKDivider | RCC_ClkInitStruct->APB3CLKDivider |
         RCC_ClkInitStruct->APB4CLKDivider) != 0U) {
        return HAL_ERROR;
    }
    RCC->CFGR = RCC_SYSCLKSOURCE_HSI;
    while ((RCC->CFGR & RCC_CFGR_SWS) != 0U) {
    }
    RCC->D1CFGR = 0;
    RCC->D2CFGR = 0;
    RCC->D3CFGR = 0;
    SystemCoreClock = HSI_VALUE;
    SystemD2Clock = HSI_VALUE;
    return HAL_InitTick(TICK_INT_PRIORITY);
}

uint32_t HAL_RCC_GetPCLK1Freq(void)
{
    return SystemD2Clock;
}

#endif
