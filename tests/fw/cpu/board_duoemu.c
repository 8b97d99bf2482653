/* SPDX-License-Identifier: MIT */
/* STM32H745: USART3 at 4 Mbit/s from the 64 MHz HSI, on PD8 (AF7). */
#include "board.h"

#define REG(a) (*(volatile uint32_t *)(a))
enum {
    RCC_APB1LENR = 0x580244e8,
    RCC_AHB4ENR = 0x580244e0,
    GPIOD = 0x58020c00,
    USART3 = 0x40004800,
    CR1 = 0x00,
    BRR = 0x0c,
    ISR = 0x1c,
    TDR = 0x28
};

void board_init(void)
{
    REG(RCC_APB1LENR) |= 1u << 18;
    REG(RCC_AHB4ENR) |= 1u << 3;
    (void)REG(RCC_AHB4ENR);
    REG(GPIOD + 0x24) = 7;                              /* AFRH: PD8 = AF7 */
    REG(GPIOD) = (REG(GPIOD) & ~(3u << 16)) | 2u << 16; /* MODER: alternate function */
    (void)REG(RCC_APB1LENR);
    REG(USART3 + BRR) = 16;
    REG(USART3 + CR1) = 1 | 1u << 3; /* UE, TE */
}

void board_putc(char c)
{
    while (!(REG(USART3 + ISR) & 1u << 7)) {
    }
    REG(USART3 + TDR) = (uint8_t)c;
}

void board_end(void)
{
    while (!(REG(USART3 + ISR) & 1u << 6)) {
    }
}
