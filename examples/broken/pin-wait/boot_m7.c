/* SPDX-License-Identifier: MIT */
/* The bootloader waits for a pin (PG2) that is low on this board, before it looks at anything. */
#include "user.h"

#define GPIOG_MODER R32(0x58021800u)
#define GPIOG_IDR   R32(0x58021810u)
#define GPIOG       (1u << 6)

int main(void)
{
    RCC_AHB4ENR |= GPIOG;
    (void)RCC_AHB4ENR;
    GPIOG_MODER &= ~(3u << 4);
#ifndef REPAIRED
    while (!(GPIOG_IDR & 4u)) {
    }
#endif
    RCC_AHB4RSTR |= GPIOG;
    RCC_AHB4RSTR &= ~GPIOG;
    RCC_AHB4ENR &= ~GPIOG;
    jump_right(APP);
}
