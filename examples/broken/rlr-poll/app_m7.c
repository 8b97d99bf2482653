/* SPDX-License-Identifier: MIT */
/* The M7 waits for the M4 to give semaphore 5 back, and looks through RLR, which takes it. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    tick_start();
    for (;;) {
        delay(10);
#ifdef REPAIRED
        if (!(HSEM_R(5) & 1u << 31)) {
            heartbeat++;
        }
#else
        if (!(HSEM_RLR(5) & 1u << 31)) {
            heartbeat++;
        }
#endif
    }
}
