/* SPDX-License-Identifier: MIT */
/* Own start-up code that forgets to switch the FPU on; the compiler uses it all the same. */
#include "user.h"

void SystemInit(void)
{
    SCB_VTOR = APP;
#ifdef REPAIRED
    SCB_CPACR |= 0xFu << 20;
    __DSB();
    __ISB();
#endif
}

int main(void)
{
    static volatile float level = 0.5f;

    tick_start();
    for (;;) {
        level = level * 0.99f + 0.01f;
        delay(10);
        heartbeat++;
    }
}
