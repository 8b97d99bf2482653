/* SPDX-License-Identifier: MIT */
/* Says that it is ready, by another semaphore than the M7 looks at. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    tick_start();
    delay(20);
#ifdef REPAIRED
    (void)HSEM_RLR(3);
#else
    (void)HSEM_RLR(4);
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
