/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    usart3_pin();
    USART3_BRR = 556;
    USART3_CR1 = 1u | 1u << 3;
#endif
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
#ifndef REPAIRED
        USART3_TDR = '4';
#endif
    }
}
