/* SPDX-License-Identifier: MIT */
/* Halves the clock of the bus on which the M7's USART3 is: its baud rate is half from then on. */
#include "user.h"

static void slow_down(void)
{
    RCC_D2CFGR = 4u << 4; /* PPRE1: by 2 */
}

int main(void)
{
    tick_start();
    delay(20);
#ifndef REPAIRED
    slow_down();
#else
    (void)slow_down;
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
