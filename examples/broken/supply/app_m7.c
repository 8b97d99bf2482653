/* SPDX-License-Identifier: MIT */
/* The way HAL_PWREx_ConfigSupply() goes: write, and see whether it was taken. */
#include "user.h"

static int configure_supply(void)
{
    if ((PWR_CR3 & 7u) != 6u) { /* configured before */
        return (PWR_CR3 & 7u) == 4u ? 0 : (PWR_CR3 = (PWR_CR3 & ~7u) | 4u, -1);
    }
    PWR_CR3 = (PWR_CR3 & ~7u) | 4u;
    while (!(PWR_CSR1 & 1u << 13))
        ;
    return 0;
}

int main(void)
{
    if (configure_supply() != 0) {
        Error_Handler();
    }
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
