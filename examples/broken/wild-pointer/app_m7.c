/* SPDX-License-Identifier: MIT */
/* Not a mistake of the jump at all: the application reads through a pointer that nobody has set. */
#include "user.h"

static volatile uint32_t *volatile table = (volatile uint32_t *)0x70000000u;

int main(void)
{
    tick_start();
#ifdef REPAIRED
    table = &ticks;
#else
    table = (volatile uint32_t *)0x1FF20000u;
#endif
    for (;;) {
        delay(10);
        heartbeat += *table;
    }
}
