/* SPDX-License-Identifier: MIT */
/* The M4 prints by a USART whose clock nobody has enabled for it: it hangs in the first character.
 */
#include "user.h"

int main(void)
{
    tick_start();
#ifdef REPAIRED
    RCC_APB1LENR |= 1u << 18;
    RCC_AHB4ENR |= 1u << 3;
    (void)RCC_APB1LENR;
    R32(0x58020C24u) = 7u; /* PD8: AF7, USART3_TX */
    R32(0x58020C00u) = (R32(0x58020C00u) & ~(3u << 16)) | 2u << 16;
#endif
    USART3_BRR = 64000000u / 115200u;
    USART3_CR1 = 9;
    for (;;) {
        while (!(USART3_ISR & 1u << 7))
            ;
        USART3_TDR = '.';
        delay(10);
        heartbeat++;
    }
}
