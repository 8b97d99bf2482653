/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_GPIO_H
#define STM32H7XX_HAL_GPIO_H

#include "stm32h7xx_hal_def.h"

typedef struct {
    uint32_t Pin;
    uint32_t Mode;
    uint32_t Pull;
    uint32_t Speed;
    uint32_t Alternate;
} GPIO_InitTypeDef;

typedef enum { GPIO_PIN_RESET = 0U, GPIO_PIN_SET } GPIO_PinState;

#define GPIO_PIN_0  ((uint16_t)0x0001)
#define GPIO_PIN_8  ((uint16_t)0x0100)
#define GPIO_PIN_9  ((uint16_t)0x0200)
#define GPIO_PIN_14 ((uint16_t)0x4000)

/* The low two bits are MODER's. */
#define GPIO_MODE_OUTPUT_PP 1U
#define GPIO_MODE_AF_PP     2U
#define GPIO_NOPULL         0U
#define GPIO_SPEED_FREQ_LOW 0U
#define GPIO_AF7_USART3     ((uint8_t)0x07)

void HAL_GPIO_Init(GPIO_TypeDef *GPIOx, const GPIO_InitTypeDef *GPIO_Init);
void HAL_GPIO_WritePin(GPIO_TypeDef *GPIOx, uint16_t GPIO_Pin, GPIO_PinState PinState);
void HAL_GPIO_TogglePin(GPIO_TypeDef *GPIOx, uint16_t GPIO_Pin);

#endif
