/* SPDX-License-Identifier: MIT */
/* The M4 prints by a USART whose clock nobody has enabled for it: it hangs in the first character.
 */
#include "user.h"

int main(void)
{
    tick_start();
#ifdef REPAIRED
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    usart3_pin();
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
