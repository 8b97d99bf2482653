/* SPDX-License-Identifier: MIT */
/* Waits until the M4 says by semaphore 3 that it is ready. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    while (!(HSEM_R(3) & 1u << 31))
        ;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
