/* SPDX-License-Identifier: MIT */
/* Two modules of one program take a semaphore in two steps, each under a number of its own; the
 * first one forgets to give it back. */
#include "user.h"

#define MINE(process) (1u << 31 | 3u << 8 | (process))

static void take(uint32_t process)
{
    do {
        HSEM_R(5) = MINE(process);
    } while (HSEM_R(5) != MINE(process));
}

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    take(1);
#ifdef REPAIRED
    HSEM_R(5) = 3u << 8 | 1;
#endif
    take(2);
    HSEM_R(5) = 3u << 8 | 2;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
