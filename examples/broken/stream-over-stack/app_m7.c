/* SPDX-License-Identifier: MIT */
/* A DMA stream of the M7 fills a buffer that ends in the M4's stack. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(50);
    RCC_AHB1ENR |= 1u << 0;
    (void)RCC_AHB1ENR;
    R32(0x40020018u) = 0x24000000u; /* S0PAR */
#ifdef REPAIRED
    R32(0x4002001Cu) = 0x30030000u; /* S0M0AR */
#else
    R32(0x4002001Cu) = 0x3001F000u;
#endif
    DMA1_S0NDTR = 1024;
    DMA1_S0CR = 2u << 6 | 1u << 9 | 1u << 10 | 2u << 11 | 2u << 13; /* memory to memory, words */
    DMA1_S0CR |= 1;
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
