/* SPDX-License-Identifier: MIT */
/* The watchdog's time is written without the key: it stays at the shortest. */
#include "user.h"

int main(void)
{
    IWDG1_KR = 0xCCCCu;
#ifdef REPAIRED
    IWDG1_KR = 0x5555u;
#endif
    IWDG1_RLR = 0xFFF;
    IWDG1_KR = 0xAAAAu;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
        IWDG1_KR = 0xAAAAu;
    }
}
