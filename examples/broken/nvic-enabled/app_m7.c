/* SPDX-License-Identifier: MIT */
/* The application prints by polling, and has no handler for the UART. */
#include "user.h"

int main(void)
{
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    usart3_pin();
    USART3_BRR = 556;
    USART3_CR1 |= 1u | 1u << 3;
    tick_start();
    for (;;) {
        USART3_TDR = '.';
        delay(10);
        heartbeat++;
    }
}
