/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    RCC_D1CFGR = 0; /* HCLK = 64 MHz */
#endif
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
