/* SPDX-License-Identifier: MIT */
/* Switches off HSI48, which it does not need itself. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(20);
#ifndef REPAIRED
    RCC_CR &= ~(1u << 12);
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
