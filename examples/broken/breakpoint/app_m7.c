/* SPDX-License-Identifier: MIT */
/* An assertion stops in the debugger; without one it is a HardFault. Semihosting does the same. */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    __asm volatile("bkpt 0xAB");
#endif
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
