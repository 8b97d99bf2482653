/* SPDX-License-Identifier: MIT */
/* The M4 changes the clock, and tells before and after: the USART is set up again. All is well. */
#include "user.h"

#define TURN R32(0x38001000u)

static void uart(uint32_t hz)
{
    USART3_CR1 = 0;
    USART3_BRR = hz / 115200;
    USART3_CR1 = 1u | 1u << 3;
}

int main(void)
{
    usart3_pin();
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    uart(64000000);
    tick_start();
    while (TURN != 0x51554501u)
        ;
    USART3_CR1 = 0;
    TURN = 0x51554502u;
    while (TURN != 0x51554503u)
        ;
    uart(32000000);
    for (;;) {
        delay(3);
        USART3_TDR = 0x55;
        heartbeat++;
    }
}
