/* SPDX-License-Identifier: MIT */
/* The M7 wakes the M4 by semaphore 0, without waiting until it sleeps. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    tick_start();
#ifdef REPAIRED
    delay(20); /* this M4 is asleep by then; a real program looks at D2CKRDY */
#endif
    (void)HSEM_RLR(0);
    HSEM_R(0) = 3u << 8;
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
