/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    tick_start();
    for (;;) {
        delay(10);
        while (HSEM_RLR(7) != (1u << 31 | 1u << 8))
            ;
        HSEM_R(7) = 1u << 8;
        heartbeat++;
    }
}
