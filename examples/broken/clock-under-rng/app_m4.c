/* SPDX-License-Identifier: MIT */
/* Takes random numbers from the RNG on HSI48. */
#include "user.h"

#define RCC_AHB2ENR R32(0x580244DCu)
#define RNG         0x48021800u

int main(void)
{
    tick_start();
    RCC_CR |= 1u << 12;
    while (!(RCC_CR & 1u << 13))
        ;
    RCC_AHB2ENR |= 1u << 6;
    (void)RCC_AHB2ENR;
    R32(RNG) = 4;
    for (;;) {
        delay(3);
        if (R32(RNG + 4) & 1) {
            heartbeat += R32(RNG + 8);
        }
    }
}
