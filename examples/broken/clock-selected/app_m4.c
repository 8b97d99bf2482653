/* SPDX-License-Identifier: MIT */
/* Wants CSI for its own USART2 and chooses it for USART3 of the M7, too: one field for six. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(20);
    RCC_CR |= 1u << 7; /* CSION */
    while (!(RCC_CR & 1u << 8))
        ;
#ifndef REPAIRED
    RCC_D2CCIP2R = 4u;
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
