/* SPDX-License-Identifier: MIT */
// link: STACK=0x20020000
/* The M4 application has the M7's stack address: DTCM, which the M4 does not have. */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
