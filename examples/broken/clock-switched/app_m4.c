/* SPDX-License-Identifier: MIT */
/* Takes CSI as the system clock, to save power: the M7's tick and baud rate come from it, too. The
 * switch is made some time after the write. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(20);
#ifndef REPAIRED
    RCC_CR |= 1u << 7; /* CSION */
    while (!(RCC_CR & 1u << 8))
        ;
    RCC_CFGR = 1u;
    while ((RCC_CFGR >> 3 & 7u) != 1u)
        ;
#endif
    for (;;) {
        delay(1);
        heartbeat++;
    }
}
