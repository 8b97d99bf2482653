/* SPDX-License-Identifier: MIT */
/* The M7 resets all of APB1 to begin with clean peripherals; the M4 uses one of them already. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(5);
#ifdef REPAIRED
    RCC_APB1LRSTR |= 1u << 17; /* USART2, its own */
#else
    RCC_APB1LRSTR = 0xE8FFC3FFu;
#endif
    (void)RCC_APB1LRSTR;
    RCC_APB1LRSTR = 0;
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
