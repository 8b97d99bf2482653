/* SPDX-License-Identifier: MIT */
/* The M7 takes the semaphore of the shared display, returns early on an error and never gives it
 * back. */
#include "user.h"

static void release(void)
{
    HSEM_R(7) = 3u << 8;
}

static void draw(uint32_t column)
{
    while (HSEM_RLR(7) != (1u << 31 | 3u << 8))
        ;
    if (column >= 480) { /* not on the display */
#ifdef REPAIRED
        release();
#endif
        return;
    }
    heartbeat++;
    release();
}

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    draw(500);
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
