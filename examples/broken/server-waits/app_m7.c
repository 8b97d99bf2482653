/* SPDX-License-Identifier: MIT */
/* Sound: waits for a character, which would be an order for the M4. None comes in this run. */
#include "user.h"

#define ORDER R32(0x38000000u)

static volatile uint32_t received;

void USART3_Handler(void)
{
    received = R32(0x40004824u); /* RDR */
}

int main(void)
{
    ORDER = 0;
    usart3_pin();
    RCC_APB1LENR |= 1u << 18;
    (void)RCC_APB1LENR;
    USART3_BRR = 64000000 / 115200;
    USART3_CR1 = 1u | 1u << 2 | 1u << 5;
    NVIC_ISER(39);
    for (;;) {
        while (!received)
            ;
        ORDER = received;
        received = 0;
    }
}
