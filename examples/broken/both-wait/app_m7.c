/* SPDX-License-Identifier: MIT */
/* Waits for the M4's word before it says its own. */
#include "user.h"

#define FROM_M7 R32(0x38000000u)
#define FROM_M4 R32(0x38000004u)

int main(void)
{
    FROM_M7 = 0;
    FROM_M4 = 0;
    while (FROM_M4 != 1)
        ;
    FROM_M7 = 1;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
