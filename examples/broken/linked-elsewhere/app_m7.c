// link: ROM=0x08040000
// link: AT=0x08020000
/* SPDX-License-Identifier: MIT */
/* The application was linked for another slot than the one into which it was programmed. */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
