/* SPDX-License-Identifier: MIT */
/* The M7 hands a counter to the M4 in SRAM4; the store stays in its data cache. */
#include "cache.h"

int main(void)
{
#ifdef REPAIRED
    share_uncached();
#endif
    enable_dcache();
    tick_start();
    for (;;) {
        delay(5);
        MAILBOX = ++heartbeat;
    }
}
