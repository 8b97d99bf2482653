/* SPDX-License-Identifier: MIT */
/* The error handler resets the system, in the hope that it goes better next time. */
#include "user.h"

static int set_up(void)
{
#ifdef REPAIRED
    return 0;
#else
    return -1;
#endif
}

int main(void)
{
    tick_start();
    delay(5);
    if (set_up() != 0) {
        R32(0xE000ED0Cu) = 0x05FA0004u; /* AIRCR: SYSRESETREQ */
        __DSB();
    }
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
