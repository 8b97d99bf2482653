/* SPDX-License-Identifier: MIT */
/* A habit: enables interrupts first of all, so a bootloader's masked jump does no harm. */
#include "user.h"

int main(void)
{
    __enable_irq();
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
