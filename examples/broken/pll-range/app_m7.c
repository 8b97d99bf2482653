/* SPDX-License-Identifier: MIT */
/* The PLL's reference divider was copied from a board with another oscillator: it never locks. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    RCC_PLLCKSELR = 4u << 4 | 2u << 20 | 32u << 12;
#else
    RCC_PLLCKSELR = 1u << 4 | 2u << 20 | 32u << 12; /* 64 MHz into the PLL */
#endif
    RCC_PLLCFGR = 1u << 16 | 3u << 2;
    RCC_PLL1DIVR = (16u - 1u) | (4u - 1u) << 9;
    RCC_CR |= 1u << 24;
    while (!(RCC_CR & 1u << 25))
        ;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
