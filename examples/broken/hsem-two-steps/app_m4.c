/* SPDX-License-Identifier: MIT */
/* Tries to take it by writing and reading back, again and again. */
#include "user.h"

#define MINE (1u << 31 | 1u << 8)

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    tick_start();
    delay(5);
    do {
        HSEM_R(6) = MINE;
    } while (HSEM_R(6) != MINE);
    HSEM_R(6) = 1u << 8;
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
