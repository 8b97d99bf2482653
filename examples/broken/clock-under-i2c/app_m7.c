/* SPDX-License-Identifier: MIT */
/* Lowers the clock of the buses in D3, to save power. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(20);
#ifndef REPAIRED
    RCC_D3CFGR = 4u << 4;
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
