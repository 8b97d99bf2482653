/* SPDX-License-Identifier: MIT */
#include "stm32h7xx_hal.h"

#if defined(HAL_UART_MODULE_ENABLED)

__weak void HAL_UART_MspInit(UART_HandleTypeDef *huart)
{
    UNUSED(huart);
}

/* 8 data bits, no parity, one stop bit. */
HAL_StatusTypeDef HAL_UART_Init(UART_HandleTypeDef *huart)
{
    USART_TypeDef *uart = huart->Instance;

    HAL_UART_MspInit(huart);
    uart->CR1 = 0;
    uart->PRESC = huart->Init.ClockPrescaler;
    uart->BRR = (HAL_RCC_GetPCLK1Freq() + huart->Init.BaudRate / 2U) / huart->Init.BaudRate;
    uart->CR1 = huart->Init.Mode | USART_CR1_UE;
    return HAL_OK;
}

static HAL_StatusTypeDef wait_for(USART_TypeDef *uart, uint32_t flag, uint32_t start,
                                  uint32_t timeout)
{
    while ((uart->ISR & flag) == 0U) {
        if (timeout != HAL_MAX_DELAY && HAL_GetTick() - start > timeout) {
            return HAL_TIMEOUT;
        }
    }
    return HAL_OK;
}

HAL_StatusTypeDef HAL_UART_Transmit(UART_HandleTypeDef *huart, const uint8_t *pData, uint16_t Size,
                                    uint32_t Timeout)
{
    const uint32_t start = HAL_GetTick();

    for (uint16_t i = 0; i < Size; i++) {
        if (wait_for(huart->Instance, USART_ISR_TXE_TXFNF, start, Timeout) != HAL_OK) {
            return HAL_TIMEOUT;
        }
        huart->Instance->TDR = pData[i];
    }
    return wait_for(huart->Instance, USART_ISR_TC, start, Timeout);
}

#endif
