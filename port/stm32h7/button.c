/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/button.h"

#include "port/stm32h7/board.h"

/* Pins are analog after reset and read 0; the input needs a moment to follow the pin. */
#define SETTLE_READS 100u

bool button_pressed(void)
{
    const uint32_t pin_mode = 3u << (2u * BOARD_BUTTON_PIN);
    uint32_t enables = REG(RCC, AHB4ENR);
    uint32_t level = 0;

    REG(RCC, AHB4ENR) = enables | BOARD_BUTTON_PORT_EN;
    (void)REG(RCC, AHB4ENR);
    uint32_t mode = REG_AT(BOARD_BUTTON_PORT, GPIO_MODER);
    REG_AT(BOARD_BUTTON_PORT, GPIO_MODER) = mode & ~pin_mode;
    for (uint32_t i = 0; i < SETTLE_READS; i++) {
        level = (REG_AT(BOARD_BUTTON_PORT, GPIO_IDR) >> BOARD_BUTTON_PIN) & 1u;
    }
    REG_AT(BOARD_BUTTON_PORT, GPIO_MODER) = mode;
    REG(RCC, AHB4ENR) = enables;
    return level == BOARD_BUTTON_PRESSED;
}
