/* SPDX-License-Identifier: MIT */
/* Lives from line 13 at port C. */
#include "user.h"

#define RCC_APB4ENR R32(0x580244F4u)
#define EXTICR4     R32(0x58000414u)

void EXTI15_10_Handler(void)
{
    R32(0x580000C8u) = 1u << 13; /* C2PR1 */
    heartbeat++;
}

int main(void)
{
    RCC_APB4ENR |= 2;
    (void)RCC_APB4ENR;
    EXTICR4 = 2u << 4;
    R32(0x58000000u) |= 1u << 13; /* RTSR1, C2IMR1 */
    R32(0x580000C0u) |= 1u << 13;
    NVIC_ISER(40);
    for (;;) {
        __WFI();
    }
}
