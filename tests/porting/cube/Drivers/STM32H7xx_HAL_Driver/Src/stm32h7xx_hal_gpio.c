/* SPDX-License-Identifier: MIT */
#include "stm32h7xx_hal.h"

#if defined(HAL_GPIO_MODULE_ENABLED)

static void set_field(__IO uint32_t *reg, uint32_t bits, uint32_t field, uint32_t value)
{
    const uint32_t at = field * bits;

    *reg = (*reg & ~(((1UL << bits) - 1U) << at)) | value << at;
}

void HAL_GPIO_Init(GPIO_TypeDef *GPIOx, const GPIO_InitTypeDef *GPIO_Init)
{
    for (uint32_t pin = 0; pin < 16U; pin++) {
        if ((GPIO_Init->Pin & 1UL << pin) == 0U) {
            continue;
        }
        set_field(&GPIOx->OSPEEDR, 2, pin, GPIO_Init->Speed);
        set_field(&GPIOx->PUPDR, 2, pin, GPIO_Init->Pull);
        if (GPIO_Init->Mode == GPIO_MODE_AF_PP) {
            set_field(&GPIOx->AFR[pin / 8U], 4, pin % 8U, GPIO_Init->Alternate);
        }
        set_field(&GPIOx->MODER, 2, pin, GPIO_Init->Mode & 3U);
    }
}

void HAL_GPIO_WritePin(GPIO_TypeDef *GPIOx, uint16_t GPIO_Pin, GPIO_PinState PinState)
{
    GPIOx->BSRR = PinState == GPIO_PIN_SET ? GPIO_Pin : (uint32_t)GPIO_Pin << 16;
}

void HAL_GPIO_TogglePin(GPIO_TypeDef *GPIOx, uint16_t GPIO_Pin)
{
    const uint32_t on = GPIOx->ODR & GPIO_Pin;

    GPIOx->BSRR = on << 16 | (GPIO_Pin & ~on);
}

#endif
