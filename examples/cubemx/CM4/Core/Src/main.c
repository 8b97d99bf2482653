/* SPDX-License-Identifier: MIT */
#include "main.h"

/* Private includes */
/* USER CODE BEGIN Includes */
#include "product.h"
/* USER CODE END Includes */

/* USER CODE BEGIN PD */
/* Both projects have it: the M4 sleeps until the M7 has set up the clocks. */
#define DUAL_CORE_BOOT_SYNC_SEQUENCE
#define HSEM_ID_0 0U
/* USER CODE END PD */

/* USER CODE BEGIN PV */
extern const uint32_t g_pfnVectors[]; /* startup_stm32h745xx.s */
/* USER CODE END PV */

static void MX_GPIO_Init(void);

int main(void)
{
    /* USER CODE BEGIN 1 */
    /* Wherever the linker has put it. SystemInit() of older packages has set a bank's begin. */
    SCB->VTOR = (uint32_t)g_pfnVectors;
    /* USER CODE END 1 */

    /* USER CODE BEGIN Boot_Mode_Sequence_1 */
#if defined(DUAL_CORE_BOOT_SYNC_SEQUENCE)
    __HAL_RCC_HSEM_CLK_ENABLE();
    HAL_HSEM_ActivateNotification(__HAL_HSEM_SEMID_TO_MASK(HSEM_ID_0));
    HAL_PWREx_ClearPendingEvent();
    HAL_PWREx_EnterSTOPMode(PWR_MAINREGULATOR_ON, PWR_STOPENTRY_WFE, PWR_D2_DOMAIN);
    __HAL_HSEM_CLEAR_FLAG(__HAL_HSEM_SEMID_TO_MASK(HSEM_ID_0));
#endif
    /* USER CODE END Boot_Mode_Sequence_1 */

    HAL_Init();

    /* USER CODE BEGIN Init */

    /* USER CODE END Init */

    /* USER CODE BEGIN SysInit */

    /* USER CODE END SysInit */

    MX_GPIO_Init();
    /* USER CODE BEGIN 2 */
    product_start();
    /* USER CODE END 2 */

    /* Infinite loop */
    /* USER CODE BEGIN WHILE */
    while (1) {
        product_run();
        /* USER CODE END WHILE */

        /* USER CODE BEGIN 3 */
    }
    /* USER CODE END 3 */
}

static void MX_GPIO_Init(void)
{
    GPIO_InitTypeDef GPIO_InitStruct = {0};

    __HAL_RCC_GPIOB_CLK_ENABLE();
    HAL_GPIO_WritePin(LD3_GPIO_Port, LD3_Pin, GPIO_PIN_RESET);
    GPIO_InitStruct.Pin = LD3_Pin;
    GPIO_InitStruct.Mode = GPIO_MODE_OUTPUT_PP;
    GPIO_InitStruct.Pull = GPIO_NOPULL;
    GPIO_InitStruct.Speed = GPIO_SPEED_FREQ_LOW;
    HAL_GPIO_Init(LD3_GPIO_Port, &GPIO_InitStruct);
}

/* USER CODE BEGIN 4 */

/* USER CODE END 4 */

void Error_Handler(void)
{
    /* USER CODE BEGIN Error_Handler_Debug */
    __disable_irq();
    while (1) {
    }
    /* USER CODE END Error_Handler_Debug */
}
