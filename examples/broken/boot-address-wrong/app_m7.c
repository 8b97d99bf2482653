/* SPDX-License-Identifier: MIT */
/* The M7 tells the M4 where to start (SYSCFG_UR3), two sectors too far; then it lets it go. */
#include "user.h"

#ifdef REPAIRED
#define M4_PROGRAM 0x08100000u
#else
#define M4_PROGRAM 0x08140000u
#endif
#define RCC_APB4ENR R32(0x580244F4u)
#define SYSCFG_UR3  R32(0x5800070Cu)

int main(void)
{
    RCC_APB4ENR |= 1u << 1;
    (void)RCC_APB4ENR;
    SYSCFG_UR3 = (SYSCFG_UR3 & 0xFFFFu) | (M4_PROGRAM & 0xFFFF0000u);
    __DSB();
    RCC_GCR |= 1u << 3;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
