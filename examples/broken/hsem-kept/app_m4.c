/* SPDX-License-Identifier: MIT */
/* Wants the semaphore now and then. */
#include "user.h"

#define MINE (1u << 31 | 1u << 8)

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    tick_start();
    for (;;) {
        delay(10);
        while (HSEM_RLR(2) != MINE)
            ;
        HSEM_R(2) = 1u << 8;
        heartbeat++;
    }
}
