/* SPDX-License-Identifier: MIT */
/* Takes a semaphore for its start-up and keeps it. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    HSEM_R(6) = 1u << 31 | 3u << 8;
    tick_start();
    delay(10);
#ifdef REPAIRED
    HSEM_R(6) = 3u << 8;
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
