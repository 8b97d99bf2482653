/* SPDX-License-Identifier: MIT */
/* Chooses port C for line 12 with a write that gives line 13 to port A. */
#include "user.h"

#define RCC_APB4ENR R32(0x580244F4u)
#define EXTICR4     R32(0x58000414u)

int main(void)
{
    tick_start();
    RCC_APB4ENR |= 2;
    (void)RCC_APB4ENR;
    delay(20);
#ifdef REPAIRED
    EXTICR4 = (EXTICR4 & ~15u) | 2;
#else
    EXTICR4 = 2;
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
