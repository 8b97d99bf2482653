/* SPDX-License-Identifier: MIT */
/* Lives from line 13. */
#include "user.h"

void EXTI15_10_Handler(void)
{
    R32(0x580000C8u) = 1u << 13; /* C2PR1 */
    heartbeat++;
}

int main(void)
{
    R32(0x58000000u) |= 1u << 13; /* RTSR1, C2IMR1 */
    R32(0x580000C0u) |= 1u << 13;
    NVIC_ISER(40);
    for (;;) {
        __WFI();
    }
}
