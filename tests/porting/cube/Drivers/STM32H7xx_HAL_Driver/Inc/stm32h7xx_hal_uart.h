/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_UART_H
#define STM32H7XX_HAL_UART_H

#include "stm32h7xx_hal_def.h"

typedef struct {
    uint32_t BaudRate;
    uint32_t WordLength;
    uint32_t StopBits;
    uint32_t Parity;
    uint32_t Mode;
    uint32_t HwFlowCtl;
    uint32_t OverSampling;
    uint32_t OneBitSampling;
    uint32_t ClockPrescaler;
} UART_InitTypeDef;

typedef struct {
    uint32_t AdvFeatureInit;
} UART_AdvFeatureInitTypeDef;

typedef struct {
    USART_TypeDef *Instance;
    UART_InitTypeDef Init;
    UART_AdvFeatureInitTypeDef AdvancedInit;
} UART_HandleTypeDef;

#define UART_WORDLENGTH_8B          0U
#define UART_STOPBITS_1             0U
#define UART_PARITY_NONE            0U
#define UART_MODE_TX_RX             (USART_CR1_TE | USART_CR1_RE)
#define UART_HWCONTROL_NONE         0U
#define UART_OVERSAMPLING_16        0U
#define UART_ONE_BIT_SAMPLE_DISABLE 0U
#define UART_PRESCALER_DIV1         0U
#define UART_ADVFEATURE_NO_INIT     0U

HAL_StatusTypeDef HAL_UART_Init(UART_HandleTypeDef *huart);
void HAL_UART_MspInit(UART_HandleTypeDef *huart);
HAL_StatusTypeDef HAL_UART_Transmit(UART_HandleTypeDef *huart, const uint8_t *pData, uint16_t Size,
                                    uint32_t Timeout);

#include "stm32h7xx_hal_uart_ex.h"

#endif
