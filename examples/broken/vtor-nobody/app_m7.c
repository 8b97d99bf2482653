/* SPDX-License-Identifier: MIT */
/* Neither the bootloader nor the application sets VTOR (the bootloader is the one beside this
 * file). */
#include "user.h"

void SystemInit(void)
{
#ifdef REPAIRED
    SCB_VTOR = APP;
#endif
    SCB_CPACR |= 0xFu << 20;
}

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
