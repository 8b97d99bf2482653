/* SPDX-License-Identifier: MIT */
/* A DMA stream that filled the bootloader's receive buffer is still enabled at the jump. */
#include "user.h"

int main(void)
{
    RCC_AHB1ENR |= 1u;
    (void)RCC_AHB1ENR;
    DMA1_S0NDTR = 64;
    DMA1_S0CR = 1u << 10 | 1u;
#ifdef REPAIRED
    DMA1_S0CR &= ~1u;
    while (DMA1_S0CR & 1u)
        ;
    R32(0x58024480u) |= 1u; /* AHB1RSTR */
    (void)R32(0x58024480u);
    R32(0x58024480u) &= ~1u;
    RCC_AHB1ENR &= ~1u;
#endif
    jump_right(APP);
}
