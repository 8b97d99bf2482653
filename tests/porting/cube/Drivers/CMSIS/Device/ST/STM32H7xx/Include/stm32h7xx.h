/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_H
#define STM32H7XX_H

#if defined(STM32H745xx)
#include "stm32h745xx.h"
#else
#error "the stand-in knows the STM32H745 alone"
#endif

typedef enum { RESET = 0, SET = !RESET } FlagStatus, ITStatus;
typedef enum { DISABLE = 0, ENABLE = !DISABLE } FunctionalState;

#define SET_BIT(REG, BIT)           ((REG) |= (BIT))
#define CLEAR_BIT(REG, BIT)         ((REG) &= ~(BIT))
#define READ_BIT(REG, BIT)          ((REG) & (BIT))
#define MODIFY_REG(REG, CLEAR, SET) ((REG) = ((REG) & ~(CLEAR)) | (SET))
#define UNUSED(X)                   (void)(X)

#if defined(USE_HAL_DRIVER)
#include "stm32h7xx_hal.h"
#endif

#endif
