/* SPDX-License-Identifier: MIT */
/* The M7 sets the clocks up while the M4's tick is running already. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(5);
#ifndef REPAIRED
    RCC_D1CFGR = 8; /* HCLK = 32 MHz */
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
