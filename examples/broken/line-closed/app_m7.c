/* SPDX-License-Identifier: MIT */
/* Closes all lines of EXTI that it does not use: the M4's as well. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(20);
#ifndef REPAIRED
    R32(0x580000C0u) = 0; /* EXTI_C2IMR1 */
#endif
    for (;;) {
        delay(10);
        R32(0x58000008u) = 1u << 13; /* SWIER1 */
        heartbeat++;
    }
}
