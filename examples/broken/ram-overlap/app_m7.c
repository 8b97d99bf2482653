/* SPDX-License-Identifier: MIT */
// link: RAM=0x30000000
// link: STACK=0x30020000
/* The M7 application uses SRAM1 at 0x30000000: the same memory that the M4 has at 0x10000000. */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
