/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    (void)HSEM_RLR(4); /* its own for as long as it runs */
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
