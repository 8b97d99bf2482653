/* SPDX-License-Identifier: MIT */
#include "stm32h7xx_hal.h"

#if defined(HAL_UART_MODULE_ENABLED)

/* Thresholds and the FIFO's bit count while the UART is off (RM0399, USART). */
static void change(USART_TypeDef *uart, __IO uint32_t *reg, uint32_t clear, uint32_t set)
{
    const uint32_t cr1 = uart->CR1;

    uart->CR1 = cr1 & ~USART_CR1_UE;
    *reg = (*reg & ~clear) | set;
    uart->CR1 |= cr1 & USART_CR1_UE;
}

HAL_StatusTypeDef HAL_UARTEx_SetTxFifoThreshold(UART_HandleTypeDef *huart, uint32_t Threshold)
{
    change(huart->Instance, &huart->Instance->CR3, USART_CR3_TXFTCFG, Threshold);
    return HAL_OK;
}

HAL_StatusTypeDef HAL_UARTEx_SetRxFifoThreshold(UART_HandleTypeDef *huart, uint32_t Threshold)
{
    change(huart->Instance, &huart->Instance->CR3, USART_CR3_RXFTCFG, Threshold);
    return HAL_OK;
}

HAL_StatusTypeDef HAL_UARTEx_DisableFifoMode(UART_HandleTypeDef *huart)
{
    change(huart->Instance, &huart->Instance->CR1, USART_CR1_FIFOEN, 0);
    return HAL_OK;
}

#endif
