/* SPDX-License-Identifier: MIT */
/* The application waits for a PLL that it never switched on. */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    while (!(RCC_CR & 1u << 25)) /* PLL1RDY */
        ;
#endif
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
