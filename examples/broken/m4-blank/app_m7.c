/* SPDX-License-Identifier: MIT */
/* The application releases the M4 and waits for it, although nothing has been programmed for it
 * yet. */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    RCC_GCR |= 1u << 3;
#endif
    tick_start();
#ifndef REPAIRED
    while (R32(0x38000400u) != 0x600Du)
        ;
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
