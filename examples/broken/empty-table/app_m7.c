/* SPDX-License-Identifier: MIT */
/* The vector table is to be in RAM; VTOR is set, the copy is forgotten. */
#include "user.h"

#define VECTORS 166

static uint32_t table[VECTORS] __attribute__((aligned(1024)));

int main(void)
{
#ifdef REPAIRED
    for (unsigned i = 0; i < VECTORS; i++) {
        table[i] = R32(APP + 4 * i);
    }
#endif
    SCB_VTOR = (uint32_t)(uintptr_t)table;
    __DSB();
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
