/* SPDX-License-Identifier: MIT */
/* Releases the M4 before that one sleeps. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
#ifdef REPAIRED
    while (RCC_CR & 1u << 15) /* D2CKRDY */
        ;
#endif
    (void)HSEM_RLR(0);
    HSEM_R(0) = 3u << 8;
    RCC_AHB4ENR &= ~(1u << 25);
    jump_right(APP);
}
