/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
#ifdef REPAIRED
        IWDG1_KR = 0xAAAAu;
#endif
    }
}
