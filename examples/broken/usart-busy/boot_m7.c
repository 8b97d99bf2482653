/* SPDX-License-Identifier: MIT */
/* "Starting application" is still being sent when the jump is made. */
#include "user.h"

int main(void)
{
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    usart3_pin();
    USART3_BRR = 556;
    USART3_CR1 = 1u | 1u << 3;
    USART3_TDR = '!';
#ifdef REPAIRED
    while (!(USART3_ISR & 1u << 6)) /* TC */
        ;
    USART3_CR1 = 0;
    usart3_pin_off();
    RCC_APB1LRSTR |= 1u << 18;
    (void)RCC_APB1LRSTR;
    RCC_APB1LRSTR &= ~(1u << 18);
    RCC_APB1LENR &= ~(1u << 18);
#endif
    jump_right(APP);
}
