/* SPDX-License-Identifier: MIT */
/* The M7 clears a buffer of SRAM1 that reaches into the M4's stack. */
#include "user.h"

#ifdef REPAIRED
#define BUFFER 0x24000000u
#else
#define BUFFER 0x3001FFE0u
#endif

int main(void)
{
    tick_start();
    delay(50);
    for (uint32_t i = 0; i < 8; i++) {
        R32(BUFFER + 4 * i) = 0;
    }
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
