/* SPDX-License-Identifier: MIT */
/* Characters are written before the USART is switched on: they are gone. */
#include "user.h"

int main(void)
{
    RCC_APB1LENR |= 1u << 18;
    RCC_AHB4ENR |= 1u << 3;
    (void)RCC_APB1LENR;
    R32(0x58020C24u) = 7u; /* PD8: AF7, USART3_TX */
    R32(0x58020C00u) = (R32(0x58020C00u) & ~(3u << 16)) | 2u << 16;
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
