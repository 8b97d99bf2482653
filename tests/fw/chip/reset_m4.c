/* SPDX-License-Identifier: MIT */
/* The CM4's side of reset_m7.c: resets the chip when told, by itself or by its watchdog. */
#include "chip.h"

int main(void)
{
    for (;;) {
        uint32_t command = SHARED->command;
        if (!command) {
            continue;
        }
        SHARED->command = 0; /* before the reset: the word survives it */
        if (command == 1) {
            system_reset();
        }
        IWDG2(0x0) = 0xCCCC; /* and never feeds it: 512 ms */
    }
}
