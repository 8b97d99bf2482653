/* SPDX-License-Identifier: MIT */
/* The vector offset is one sector too far: the table in force is blank flash. */
#include "user.h"

void SystemInit(void)
{
#ifdef REPAIRED
    SCB_VTOR = APP;
#else
    SCB_VTOR = APP + 0x20000u;
#endif
    SCB_CPACR |= 0xFu << 20;
    __DSB();
    __ISB();
}

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
