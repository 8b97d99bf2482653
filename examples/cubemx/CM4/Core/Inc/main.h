/* SPDX-License-Identifier: MIT */
#ifndef MAIN_H
#define MAIN_H

#include "stm32h7xx_hal.h"

/* USER CODE BEGIN Includes */

/* USER CODE END Includes */

void Error_Handler(void);

#define LD3_Pin       GPIO_PIN_14
#define LD3_GPIO_Port GPIOB

/* USER CODE BEGIN Private defines */

/* USER CODE END Private defines */

#endif
