/* SPDX-License-Identifier: MIT */
/* The M7 polls a counter of the M4 in SRAM4, through its data cache. */
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
        heartbeat = MAILBOX;
    }
}
