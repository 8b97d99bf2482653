/* SPDX-License-Identifier: MIT */
/* The M7's receive buffer was placed by hand at the start of SRAM1, where the M4 has its variables.
 */
#include "user.h"

#ifdef REPAIRED
#define BUFFER 0x24000000u
#else
#define BUFFER 0x30000000u
#endif

int main(void)
{
    tick_start();
    for (uint32_t i = 0;; i++) {
        delay(10);
        heartbeat++;
        if (i == 5) { /* once, long after both have started */
            R32(BUFFER) = 0x55AA55AAu;
        }
    }
}
