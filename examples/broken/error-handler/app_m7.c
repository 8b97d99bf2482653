/* SPDX-License-Identifier: MIT */
/* A set-up function fails (here for a wrong argument), and Error_Handler() stops forever,
 * silently. */
#include "user.h"

static int set_up(uint32_t baud)
{
    return baud > 10000000u ? -1 : 0;
}

int main(void)
{
#ifdef REPAIRED
    volatile uint32_t baud = 115200;
#else
    volatile uint32_t baud = 115200000;
#endif
    if (set_up(baud) != 0) {
        Error_Handler();
    }
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
