/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_UART_EX_H
#define STM32H7XX_HAL_UART_EX_H

#include "stm32h7xx_hal_def.h"

#define UART_TXFIFO_THRESHOLD_1_8 0U
#define UART_RXFIFO_THRESHOLD_1_8 0U

HAL_StatusTypeDef HAL_UARTEx_SetTxFifoThreshold(UART_HandleTypeDef *huart, uint32_t Threshold);
HAL_StatusTypeDef HAL_UARTEx_SetRxFifoThreshold(UART_HandleTypeDef *huart, uint32_t Threshold);
HAL_StatusTypeDef HAL_UARTEx_DisableFifoMode(UART_HandleTypeDef *huart);

#endif
