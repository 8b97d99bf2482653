/* SPDX-License-Identifier: MIT */
/* A boot counter in a backup register stays 0: nobody has opened the backup domain. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    PWR_CR1 |= 1u << 8;
    while (!(PWR_CR1 & 1u << 8))
        ;
#endif
    R32(0x580244F4u) |= 1u << 16; /* RCC_APB4ENR.RTCAPBEN */
    (void)R32(0x580244F4u);
    R32(0x58004050u) = 1;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
