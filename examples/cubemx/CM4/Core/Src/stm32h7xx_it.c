/* SPDX-License-Identifier: MIT */
#include "stm32h7xx_it.h"

#include "main.h"

/* USER CODE BEGIN Includes */
#include "product.h"
/* USER CODE END Includes */

/* USER CODE BEGIN PFP */
/* Generated lines stay as they are: these move the handlers into RAM, so that they go on while
 * flash is erased. */
DUO_IN_RAM void SysTick_Handler(void);
DUO_IN_RAM void HSEM2_IRQHandler(void);
/* USER CODE END PFP */

void NMI_Handler(void)
{
    while (1) {
    }
}

void HardFault_Handler(void)
{
    while (1) {
    }
}

void MemManage_Handler(void)
{
    while (1) {
    }
}

void BusFault_Handler(void)
{
    while (1) {
    }
}

void UsageFault_Handler(void)
{
    while (1) {
    }
}

void SVC_Handler(void)
{
}

void DebugMon_Handler(void)
{
}

void PendSV_Handler(void)
{
}

void SysTick_Handler(void)
{
    /* USER CODE BEGIN SysTick_IRQn 0 */

    /* USER CODE END SysTick_IRQn 0 */
    HAL_IncTick();
    /* USER CODE BEGIN SysTick_IRQn 1 */

    /* USER CODE END SysTick_IRQn 1 */
}

/* Off likewise: HAL_HSEM_IRQHandler() would switch off libduo's semaphores. */
void HSEM2_IRQHandler(void)
{
    /* USER CODE BEGIN HSEM2_IRQn 0 */
    product_hsem_isr();
    /* USER CODE END HSEM2_IRQn 0 */
}
