/* SPDX-License-Identifier: MIT */
/* A sound M7 application that lives on a clock and a pin: it sends now and then, by USART3. */
#ifndef BROKEN_SENDER_H
#define BROKEN_SENDER_H

#include "user.h"

int main(void)
{
    usart3_pin();
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    USART3_BRR = 64000000 / 115200;
    USART3_CR1 = 1u | 1u << 3;
    tick_start();
    for (;;) {
        delay(3);
        USART3_TDR = 0x55;
        heartbeat++;
    }
}

#endif
