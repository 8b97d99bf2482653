/* SPDX-License-Identifier: MIT */
/* Switches on the accelerator of the M4's flash for it, and jumps. Nothing is wrong with that. */
#include "user.h"

int main(void)
{
    RCC_AHB1ENR |= 1u << 14;
    (void)RCC_AHB1ENR;
    R32(0x40024400u) = 0x08100001u; /* ART_CTR: bank 2, on */
    jump_right(APP);
}
