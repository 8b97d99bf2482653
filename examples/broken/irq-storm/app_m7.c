/* SPDX-License-Identifier: MIT */
/* The handler of a button does not clear its flag. */
#include "user.h"

void EXTI15_10_Handler(void)
{
#ifdef REPAIRED
    R32(0x58000088u) = 1u << 13; /* EXTI_CPUPR1 */
#endif
    heartbeat++;
}

int main(void)
{
    tick_start();
    R32(0x58000000u) |= 1u << 13; /* RTSR1, CPUIMR1 */
    R32(0x58000080u) |= 1u << 13;
    NVIC_ISER(40);
    delay(10);
    R32(0x58000008u) = 1u << 13; /* SWIER1: it is pressed */
    for (;;) {
        delay(10);
    }
}
