/* SPDX-License-Identifier: MIT */
/* The way HAL_RCC_OscConfig() goes: a PLL that is the system clock is not touched, but reported as
 * an error. */
#include "user.h"

static int configure_pll(void)
{
    if ((RCC_CFGR >> 3 & 7) == 3) {
        return -1;
    }
    RCC_CR &= ~(1u << 24);
    while (RCC_CR & 1u << 25)
        ;
    RCC_PLLCKSELR = 4u << 4;
    RCC_PLLCFGR = 3u << 2 | 1u << 16;
    RCC_PLL1DIVR = 24u | 1u << 9 | 1u << 16 | 1u << 24; /* 200 MHz */
    RCC_CR |= 1u << 24;
    while (!(RCC_CR & 1u << 25))
        ;
    return 0;
}

int main(void)
{
    if (configure_pll() != 0) {
        Error_Handler();
    }
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
