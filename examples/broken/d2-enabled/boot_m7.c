/* SPDX-License-Identifier: MIT */
/* Waits for the M4 to stop, and has SRAM1 enabled meanwhile: D2 does not stop. */
#include "user.h"

#define RCC_AHB2ENR R32(0x580244DCu)

int main(void)
{
#ifndef REPAIRED
    RCC_AHB2ENR |= 1u << 29;
#endif
    while (RCC_CR & 1u << 15)
        ;
    jump_right(APP);
}
