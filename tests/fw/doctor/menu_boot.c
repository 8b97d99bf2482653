/* SPDX-License-Identifier: MIT */
/* A bootloader that waits in its menu for a key that nobody presses. */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        if (R32(0x20010000u) == 0x12345678u) {
            jump_right(APP);
        }
    }
}
