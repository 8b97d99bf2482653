/* SPDX-License-Identifier: MIT */
/* The bootloader has an update menu, which the application asks for. */
#include "user.h"

int main(void)
{
    if (R32(0x38000300u) == 0xB007u) {
        R32(0x38000300u) = 0;
        tick_start();
        for (;;) { /* the menu */
            delay(10);
            heartbeat++;
        }
    }
    jump_right(APP);
}
