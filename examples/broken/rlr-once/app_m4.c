/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    tick_start();
    for (;;) {
        delay(10);
        if (HSEM_RLR(2) == (1u << 31 | 1u << 8)) { /* got it: COREID 1, process 0 */
            heartbeat++;
            HSEM_R(2) = 1u << 8;
        }
    }
}
