/* SPDX-License-Identifier: MIT */
// link: STACK=0x24004000
// link: RAM=0x24000000
/* A search that calls itself, in 16 KiB for variables and stack: at some depth it is in the
 * table that it searches. */
#include "user.h"

#define LEAVES 130u

static volatile uint32_t table[1024];

static __attribute__((noinline)) uint32_t search(uint32_t depth)
{
    volatile uint32_t path[24];

    path[depth % 24] = depth;
    if (depth == LEAVES) {
        return table[depth];
    }
    return search(depth + 1) + path[depth % 24];
}

int main(void)
{
    tick_start();
    for (;;) {
        delay(5);
        heartbeat += search(0);
    }
}
