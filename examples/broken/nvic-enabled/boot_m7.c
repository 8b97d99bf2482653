/* SPDX-License-Identifier: MIT */
/* The bootloader printed by interrupt; the UART's interrupt stays enabled in the NVIC and in the
 * UART. */
#include "user.h"

static volatile bool sent;

void USART3_Handler(void)
{
    R32(0x40004820u) = 1u << 6; /* ICR: TC */
    sent = true;
}

int main(void)
{
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    usart3_pin();
    USART3_BRR = 556;
    USART3_CR1 = 1u | 1u << 3; /* UE TE */
    R32(0x40004820u) = 1u << 6;
    NVIC_ISER(39);
    USART3_CR1 |= 1u << 6; /* TCIE */
    USART3_TDR = '!';
    while (!sent)
        ;
#ifdef REPAIRED
    NVIC_ICER(39);
    usart3_pin_off();
    RCC_APB1LRSTR |= 1u << 18;
    (void)RCC_APB1LRSTR;
    RCC_APB1LRSTR &= ~(1u << 18);
    RCC_APB1LENR &= ~(1u << 18);
    __DSB();
    NVIC_ICPR(39);
#endif
    jump_right(APP);
}
