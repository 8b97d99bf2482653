/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    if (R32(0x38001000u) != 0x51554555u) {
        Error_Handler();
    }
    tick_start();
    for (;;) {
        delay(10);
        R32(0x38001004u)++;
        heartbeat++;
    }
}
