// link: ROM=0x08180000
/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
