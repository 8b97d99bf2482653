/* SPDX-License-Identifier: MIT */
/* Waits until the M4's bootloader says that it is ready, and that one says something else. */
#include "user.h"

int main(void)
{
    while (R32(0x38001000u) != 0xC0FFEE01u)
        ;
    jump_right(APP);
}
