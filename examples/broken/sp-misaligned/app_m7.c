/* SPDX-License-Identifier: MIT */
// link: STACK=0x2001FFFC
/* The linker script puts the stack "in the last word" of RAM. */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
