/* SPDX-License-Identifier: MIT */
/* The M7 tidies up the semaphores of "a crashed M4", which runs and holds one. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    tick_start();
    R32(0x58026544u) = 0x1234u << 16; /* KEYR */
    delay(30);
#ifndef REPAIRED
    R32(0x58026540u) = 0x1234u << 16 | 1u << 8; /* CR: all of core 1, the M4 */
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
