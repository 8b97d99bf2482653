/* SPDX-License-Identifier: MIT */
/* A DMA buffer lies in DTCM, where all variables of this program are: the DMA does not reach it. */
#include "user.h"

static uint32_t source[4] = {1, 2, 3, 4}, target[4];

int main(void)
{
#ifdef REPAIRED
    volatile uint32_t *from = (volatile uint32_t *)0x24000000u;
    uint32_t to = 0x24000100u;

    for (int i = 0; i < 4; i++) {
        from[i] = source[i];
    }
    (void)target;
#else
    uint32_t *from = source;
    uint32_t to = (uint32_t)(uintptr_t)target;
#endif
    RCC_AHB1ENR |= 1u << 0;
    (void)RCC_AHB1ENR;
    R32(0x40020018u) = (uint32_t)(uintptr_t)from; /* S0PAR */
    R32(0x4002001Cu) = to;                        /* S0M0AR */
    DMA1_S0NDTR = 4;
    DMA1_S0CR = 2u << 6 | 1u << 9 | 1u << 10 | 2u << 11 | 2u << 13; /* memory to memory, words */
    DMA1_S0CR |= 1;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
