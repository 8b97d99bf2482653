/* SPDX-License-Identifier: MIT */
/* The bootloader printed a line on USART3 and left it clocked: domain D2 never sleeps. */
#include "user.h"

int main(void)
{
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    usart3_pin();
    USART3_BRR = 556;
    USART3_CR1 = 1u | 1u << 3;
    USART3_TDR = '!';
    while (!(USART3_ISR & 1u << 6))
        ;
    USART3_CR1 = 0;
    USART3_BRR = 0;
    usart3_pin_off();
#ifdef REPAIRED
    RCC_APB1LENR &= ~(1u << 18);
#endif
    jump_right(APP);
}
