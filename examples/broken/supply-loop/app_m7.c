/* SPDX-License-Identifier: MIT */
/* Stops in a plain loop when the supply is another one than its own; its tick goes on. */
#include "user.h"

static bool supply_is(uint32_t supply)
{
    return (PWR_CR3 & 7u) == supply;
}

int main(void)
{
#ifndef REPAIRED
    const uint32_t supply = 2u; /* LDO */
#else
    const uint32_t supply = 4u;
#endif
    tick_start();
    if (!supply_is(supply)) {
        for (;;)
            ;
    }
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
