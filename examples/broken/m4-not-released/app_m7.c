/* SPDX-License-Identifier: MIT */
/* BCM4 = 0: the M4 waits for BOOT_C2, and nobody sets it. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    RCC_GCR |= 1u << 3;
#endif
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
