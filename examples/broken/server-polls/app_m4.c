/* SPDX-License-Identifier: MIT */
/* A client that asks when a button is pressed; the other one asks at once. */
#include "user.h"

static void ask(void)
{
    (void)HSEM_RLR(3);
    delay(1);
    HSEM_R(3) = 1u << 8;
}

int main(void)
{
    RCC_AHB4ENR |= 1u << 25 | 1u << 2;
    (void)RCC_AHB4ENR;
    R32(0x58020800u) &= ~(3u << 26); /* PC13 is an input */
    tick_start();
#ifdef REPAIRED
    delay(5);
    ask();
#endif
    for (;;) {
        delay(5);
        if (HSEM_RLR(5) == (1u << 31 | 1u << 8)) {
            heartbeat++;
            HSEM_R(5) = 1u << 8;
        }
        if (R32(0x58020810u) & 1u << 13) {
            ask();
        }
    }
}
