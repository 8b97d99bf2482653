/* SPDX-License-Identifier: MIT */
/* Both cores use USART3 by the M7's enable bit alone; then the M7 is done with it. */
#include "user.h"

int main(void)
{
    RCC_APB1LENR |= 1u << 18;
    RCC_AHB4ENR |= 1u << 3;
    (void)RCC_AHB4ENR;
    tick_start();
    delay(100);
#ifndef REPAIRED
    RCC_APB1LENR &= ~(1u << 18);
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
