/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    tick_start();
    delay(10);
    GPIOD_AFRH = 7u;
    GPIOD_MODER = (GPIOD_MODER & ~(3u << 16)) | 2u << 16;
    USART3_BRR = 64000000u / 115200u;
    USART3_CR1 = 9u;
    for (;;) {
        while (!(USART3_ISR & 1u << 7))
            ;
        USART3_TDR = 'x';
        delay(10);
        heartbeat++;
    }
}
