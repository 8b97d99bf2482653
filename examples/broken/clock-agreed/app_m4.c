/* SPDX-License-Identifier: MIT */
/* Halves a bus clock when the M7 has switched off what depends on it. */
#include "user.h"

#define TURN R32(0x38001000u)

int main(void)
{
    tick_start();
    delay(20);
    TURN = 0x51554501u;
    while (TURN != 0x51554502u)
        ;
    RCC_D2CFGR = 4u << 4; /* PPRE1: by 2 */
    TURN = 0x51554503u;
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
