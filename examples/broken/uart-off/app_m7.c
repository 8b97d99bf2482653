/* SPDX-License-Identifier: MIT */
/* Characters are written before the USART is switched on: they are gone. */
#include "user.h"

int main(void)
{
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    usart3_pin();
    USART3_BRR = 64000000u / 115200u;
#ifdef REPAIRED
    USART3_CR1 = 9;
#endif
    USART3_TDR = 'A';
    USART3_CR1 = 9;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
