/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_RCC_H
#define STM32H7XX_HAL_RCC_H

#include "stm32h7xx_hal_def.h"

typedef struct {
    uint32_t PLLState;
} RCC_PLLInitTypeDef;

typedef struct {
    uint32_t OscillatorType;
    uint32_t HSIState;
    uint32_t HSICalibrationValue;
    RCC_PLLInitTypeDef PLL;
} RCC_OscInitTypeDef;

typedef struct {
    uint32_t ClockType;
    uint32_t SYSCLKSource;
    uint32_t SYSCLKDivider;
    uint32_t AHBCLKDivider;
    uint32_t APB3CLKDivider;
    uint32_t APB1CLKDivider;
    uint32_t APB2CLKDivider;
    uint32_t APB4CLKDivider;
} RCC_ClkInitTypeDef;

#define RCC_OSCILLATORTYPE_HSI     2U
#define RCC_HSI_DIV1               RCC_CR_HSION
#define RCC_HSICALIBRATION_DEFAULT 0x40U
#define RCC_PLL_NONE               0U
#define RCC_CLOCKTYPE_SYSCLK       1U
#define RCC_CLOCKTYPE_HCLK         2U
#define RCC_CLOCKTYPE_D1PCLK1      4U
#define RCC_CLOCKTYPE_PCLK1        8U
#define RCC_CLOCKTYPE_PCLK2        0x10U
#define RCC_CLOCKTYPE_D3PCLK1      0x20U
#define RCC_SYSCLKSOURCE_HSI       0U
#define RCC_SYSCLK_DIV1            0U
#define RCC_HCLK_DIV1              0U
#define RCC_APB1_DIV1              0U
#define RCC_APB2_DIV1              0U
#define RCC_APB3_DIV1              0U
#define RCC_APB4_DIV1              0U
#define FLASH_LATENCY_1            1U

/* As in ST's: bits [4:0] are the bit of RCC_CR. */
#define RCC_FLAG_D2CKRDY         ((uint8_t)0x2F)
#define __HAL_RCC_GET_FLAG(FLAG) ((RCC->CR >> ((FLAG)&0x1FU)) & 1U)

/* The clock needs as long as the read. */
#define HAL_RCC_ENABLE(REG, BIT)                                                                   \
    do {                                                                                           \
        RCC->REG |= (BIT);                                                                         \
        (void)RCC->REG;                                                                            \
    } while (0)
#define __HAL_RCC_GPIOB_CLK_ENABLE()  HAL_RCC_ENABLE(AHB4ENR, RCC_AHB4ENR_GPIOBEN)
#define __HAL_RCC_GPIOD_CLK_ENABLE()  HAL_RCC_ENABLE(AHB4ENR, RCC_AHB4ENR_GPIODEN)
#define __HAL_RCC_HSEM_CLK_ENABLE()   HAL_RCC_ENABLE(AHB4ENR, RCC_AHB4ENR_HSEMEN)
#define __HAL_RCC_USART3_CLK_ENABLE() HAL_RCC_ENABLE(APB1LENR, RCC_APB1LENR_USART3EN)
#define __HAL_RCC_SYSCFG_CLK_ENABLE() HAL_RCC_ENABLE(APB4ENR, RCC_APB4ENR_SYSCFGEN)

HAL_StatusTypeDef HAL_RCC_OscConfig(RCC_OscInitTypeDef *RCC_OscInitStruct);
HAL_StatusTypeDef HAL_RCC_ClockConfig(const RCC_ClkInitTypeDef *RCC_ClkInitStruct,
                                      uint32_t FLatency);
uint32_t HAL_RCC_GetPCLK1Freq(void);

#include "stm32h7xx_hal_rcc_ex.h"

#endif
