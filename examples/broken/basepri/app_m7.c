/* SPDX-License-Identifier: MIT */
/* An application that gives its tick the lowest priority, as HAL_Init() does. */
#include "user.h"

int main(void)
{
    R32(0xE000ED20u) = 0xF0000000u; /* SHPR3: SysTick */
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
