/* SPDX-License-Identifier: MIT */
/* A lamp at PB0, switched by ODR; the M4 has one at PB7. */
#include "user.h"

#define GPIOB_MODER R32(0x58020400u)
#define GPIOB_ODR   R32(0x58020414u)
#define GPIOB_BSRR  R32(0x58020418u)

int main(void)
{
    RCC_AHB4ENR |= 1u << 1;
    (void)RCC_AHB4ENR;
    GPIOB_MODER = (GPIOB_MODER & ~3u) | 1u;
    tick_start();
    for (;;) {
        delay(3);
#ifdef REPAIRED
        GPIOB_BSRR = heartbeat & 1 ? 1u : 1u << 16;
#else
        GPIOB_ODR ^= 1u;
#endif
        heartbeat++;
    }
}
