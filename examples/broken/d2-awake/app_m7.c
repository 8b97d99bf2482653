/* SPDX-License-Identifier: MIT */
#include "gate.h"

int main(void)
{
    release_gate();
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
