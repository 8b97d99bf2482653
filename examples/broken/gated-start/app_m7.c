/* SPDX-License-Identifier: MIT */
/* BCM4 = 0, the start-up that ST calls gated: the M7 prepares what both share, then lets the M4 go.
 * Nothing is wrong with it; the M4 stops itself if it came too early. */
#include "user.h"

int main(void)
{
    for (volatile int i = 0; i < 100000; i++)
        ; /* clocks, MPU, drivers */
    R32(0x38001004u) = 0;
    R32(0x38001000u) = 0x51554555u;
    __DSB();
    RCC_GCR |= 1u << 3;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
