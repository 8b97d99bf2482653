/* SPDX-License-Identifier: MIT */
/* As in the question: the application sets VTOR in its main program. */
#include "user.h"

void SystemInit(void)
{
    SCB_CPACR |= 0xFu << 20;
}

int main(void)
{
    SCB_VTOR = APP;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
