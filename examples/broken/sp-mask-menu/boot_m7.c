/* SPDX-License-Identifier: MIT */
/* The stack pointer is refused, and the bootloader goes on to a menu whose loop compares things of
 * its own. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    if (R32(APP) > 0x20000000u && R32(APP) <= 0x20020000u) {
#else
    if ((R32(APP) & 0x2FFE0000u) == 0x20000000u) {
#endif
        jump_right(APP);
    }
    tick_start();
    for (;;) { /* a blinking lamp, and a look for a file */
        delay(100);
    }
}
