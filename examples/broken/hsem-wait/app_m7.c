/* The M7 takes the semaphore of the shared display, returns early on an error and never gives it
 * back. */
#include "user.h"

static void draw(bool error)
{
    while (HSEM_RLR(7) != (1u << 31 | 3u << 8))
        ;
#ifndef REPAIRED
    if (error)
        return;
#endif
    HSEM_R(7) = 3u << 8;
}

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    draw(true);
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
