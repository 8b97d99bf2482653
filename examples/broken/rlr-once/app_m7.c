/* SPDX-License-Identifier: MIT */
/* The M7 looks once whether semaphore 2 is free, by the register that takes it. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
#ifdef REPAIRED
    heartbeat = HSEM_R(2) >> 31;
#else
    heartbeat = HSEM_RLR(2) >> 31;
#endif
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
