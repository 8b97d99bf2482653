/* SPDX-License-Identifier: MIT */
/* Sleeps in Stop until its next tick, which stands still there. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(10);
#ifndef REPAIRED
    SCB_SCR |= 4; /* SLEEPDEEP */
#endif
    for (;;) {
        uint32_t start = ticks;
        while (ticks - start < 10) {
            __WFI();
        }
        heartbeat++;
    }
}
