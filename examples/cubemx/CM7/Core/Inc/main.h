/* SPDX-License-Identifier: MIT */
#ifndef MAIN_H
#define MAIN_H

#include "stm32h7xx_hal.h"

/* USER CODE BEGIN Includes */

/* USER CODE END Includes */

void Error_Handler(void);

#define LD1_Pin        GPIO_PIN_0
#define LD1_GPIO_Port  GPIOB
#define STLK_RX_Pin    GPIO_PIN_8
#define STLK_TX_Pin    GPIO_PIN_9
#define STLK_GPIO_Port GPIOD

extern UART_HandleTypeDef huart3;

/* USER CODE BEGIN Private defines */

/* USER CODE END Private defines */

#endif
