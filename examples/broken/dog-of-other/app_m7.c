/* SPDX-License-Identifier: MIT */
/* Starts a watchdog and feeds the other one: IWDG2 is the M4's, whose program knows nothing of it.
 */
#include "user.h"

#ifdef REPAIRED
#define IWDG 0x58004800u
#else
#define IWDG 0x58004C00u
#endif

int main(void)
{
    R32(IWDG) = 0xCCCC;
    R32(IWDG) = 0x5555;
    R32(IWDG + 4) = 0;
    R32(IWDG + 8) = 200;
    while (R32(IWDG + 12))
        ;
    R32(IWDG) = 0xAAAA;
    tick_start();
    for (;;) {
        delay(5);
        IWDG1_KR = 0xAAAA;
        heartbeat++;
    }
}
