/* SPDX-License-Identifier: MIT */
/* The bootloader waits for a clock that nobody has switched on, and resets the chip. */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    int patience = 3000;

    while (!(RCC_CR & 1u << 17) && patience-- > 0) /* HSERDY */
        ;
    if (patience <= 0) {
        __DSB();
        SCB_AIRCR = 0x05FA0004u;
        for (;;)
            ;
    }
#endif
    jump_right(APP);
}
