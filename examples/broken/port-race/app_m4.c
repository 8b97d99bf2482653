/* SPDX-License-Identifier: MIT */
/* The other lamp at the same port. */
#include "user.h"

#define GPIOB_MODER R32(0x58020400u)
#define GPIOB_ODR   R32(0x58020414u)
#define GPIOB_BSRR  R32(0x58020418u)

int main(void)
{
    tick_start();
    delay(2);
    RCC_AHB4ENR |= 1u << 1;
    (void)RCC_AHB4ENR;
    GPIOB_MODER = (GPIOB_MODER & ~(3u << 14)) | 1u << 14;
    for (;;) {
        delay(5);
#ifdef REPAIRED
        GPIOB_BSRR = heartbeat & 1 ? 1u << 7 : 1u << 23;
#else
        GPIOB_ODR ^= 1u << 7;
#endif
        heartbeat++;
    }
}
