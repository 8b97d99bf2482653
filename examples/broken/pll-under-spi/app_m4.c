/* SPDX-License-Identifier: MIT */
/* Sends now and then, by SPI1 on PLL2_P. */
#include "user.h"

#define READY       R32(0x38000000u)
#define RCC_CCIP1   R32(0x58024450u)
#define RCC_APB2ENR R32(0x580244F0u)
#define SPI1        0x40013000u

int main(void)
{
    tick_start();
    while (READY != 1) {
        delay(1);
    }
    RCC_CCIP1 |= 1u << 12;
    RCC_APB2ENR |= 1u << 12;
    (void)RCC_APB2ENR;
    R32(SPI1 + 0x08) = 7 | 1u << 28;
    R32(SPI1 + 0x0C) = 1u << 22 | 1u << 26 | 1u << 29;
    R32(SPI1) = 1u << 12 | 1;
    R32(SPI1) |= 1u << 9;
    for (;;) {
        delay(3);
        R32(SPI1 + 0x20) = 0x55;
        heartbeat++;
    }
}
