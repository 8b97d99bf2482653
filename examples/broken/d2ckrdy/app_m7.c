/* SPDX-License-Identifier: MIT */
/* The vendor's dual-core start: wait until the M4 has gone to Stop, then wake it by semaphore 0. */
#include "user.h"

int main(void)
{
    int32_t timeout = 0xFFFF;

    EXTI_C2EMR3 |= 0x4000u;
    while (RCC_CR & 1u << 15 && timeout-- > 0)
        ;
    if (timeout < 0) {
        Error_Handler();
    }
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    (void)HSEM_RLR(0);
    HSEM_R(0) = 3u << 8;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
