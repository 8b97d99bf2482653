/* SPDX-License-Identifier: MIT */
/* Both cores print on USART3, and both initialise it. */
#include "user.h"

int main(void)
{
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    usart3_pin();
    USART3_BRR = 556;
    USART3_CR1 = 1u | 1u << 3;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
        USART3_TDR = '7';
    }
}
