/* SPDX-License-Identifier: MIT */
/* Both cores run the SystemClock_Config() that the configuration tool made for each. */
#include "user.h"

int main(void)
{
    RCC_D1CFGR = 8; /* HCLK = 32 MHz */
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
