/* SPDX-License-Identifier: MIT */
#ifndef STM32H7XX_HAL_CORTEX_H
#define STM32H7XX_HAL_CORTEX_H

#include "stm32h7xx_hal_def.h"

typedef struct {
    uint8_t Enable;
    uint8_t Number;
    uint32_t BaseAddress;
    uint8_t Size;
    uint8_t SubRegionDisable;
    uint8_t TypeExtField;
    uint8_t AccessPermission;
    uint8_t DisableExec;
    uint8_t IsShareable;
    uint8_t IsCacheable;
    uint8_t IsBufferable;
} MPU_Region_InitTypeDef;

#define NVIC_PRIORITYGROUP_4           3U
#define MPU_REGION_ENABLE              1U
#define MPU_REGION_NUMBER0             0U
#define MPU_REGION_SIZE_4GB            0x1FU
#define MPU_REGION_NO_ACCESS           0U
#define MPU_TEX_LEVEL0                 0U
#define MPU_INSTRUCTION_ACCESS_DISABLE 1U
#define MPU_ACCESS_SHAREABLE           1U
#define MPU_ACCESS_NOT_CACHEABLE       0U
#define MPU_ACCESS_NOT_BUFFERABLE      0U
#define MPU_PRIVILEGED_DEFAULT         4U

void HAL_NVIC_SetPriorityGrouping(uint32_t PriorityGroup);
void HAL_NVIC_SetPriority(IRQn_Type IRQn, uint32_t PreemptPriority, uint32_t SubPriority);
void HAL_NVIC_EnableIRQ(IRQn_Type IRQn);
void HAL_MPU_Disable(void);
void HAL_MPU_Enable(uint32_t MPU_Control);
void HAL_MPU_ConfigRegion(const MPU_Region_InitTypeDef *MPU_Init);

#endif
