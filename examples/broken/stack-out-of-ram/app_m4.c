/* SPDX-License-Identifier: MIT */
// link: STACK=0x10000800
// link: RAM=0x10001000
/* A list that is walked by recursion, whose end is not where it should be, on a stack at the lower
 * end of SRAM1. */
#include "user.h"

static __attribute__((noinline)) uint32_t walk(uint32_t left)
{
    volatile uint32_t node[8];

    node[left % 8] = left;
    return left ? walk(left - 1) + node[left % 8] : 0;
}

int main(void)
{
    tick_start();
    for (;;) {
        delay(5);
#ifdef REPAIRED
        heartbeat += walk(10);
#else
        heartbeat += walk(10000);
#endif
    }
}
