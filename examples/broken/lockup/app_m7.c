/* SPDX-License-Identifier: MIT */
/* The HardFault handler prints through a pointer that is bad as well. */
#include "user.h"

void HardFault_Handler(void)
{
    R32(0x60000000u - 0x10000000u) = 0xDEADu; /* no memory there */
    (void)R32(0x50000000u);
    for (;;)
        ;
}

int main(void)
{
#ifndef REPAIRED
    (void)R32(0x50000000u);
#endif
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
