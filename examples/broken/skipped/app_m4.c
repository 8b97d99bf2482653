/* SPDX-License-Identifier: MIT */
/* A sound program; the option bytes let the M4 boot it directly. */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
