/* SPDX-License-Identifier: MIT */
/* Waits for the supply that it would have chosen: that comes with the next power-on at the soonest.
 */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    const uint32_t supply = 2u; /* LDO */
#else
    const uint32_t supply = 4u;
#endif
    while ((PWR_CR3 & 7u) != supply)
        ;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
