/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        delay(1);
        R32(0x38000600u)++;
        heartbeat++;
    }
}
