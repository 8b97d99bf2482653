/* SPDX-License-Identifier: MIT */
/* Sets PLL2 up again for a display of its own, while the M4's SPI1 runs from it. */
#include "user.h"

#define PLL2DIVR R32(0x58024438u)
#define READY    R32(0x38000000u)

static void pll2(uint32_t multiply)
{
    RCC_CR &= ~(1u << 26);
    while (RCC_CR & 1u << 27)
        ;
    PLL2DIVR = (multiply - 1) | 3u << 9 | 3u << 16 | 3u << 24;
    RCC_CR |= 1u << 26;
    while (!(RCC_CR & 1u << 27))
        ;
}

int main(void)
{
    tick_start();
    RCC_PLLCKSELR = (RCC_PLLCKSELR & ~(0x3Fu << 12)) | 32u << 12;
    RCC_PLLCFGR |= 1u << 19 | 1u << 5;
    pll2(100);
    READY = 1;
    delay(20);
#ifndef REPAIRED
    pll2(200);
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
