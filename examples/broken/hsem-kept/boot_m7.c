/* SPDX-License-Identifier: MIT */
/* Takes a semaphore for its start and jumps with it. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    (void)HSEM_RLR(2);
#ifdef REPAIRED
    HSEM_R(2) = 3u << 8;
#endif
    RCC_AHB4ENR &= ~(1u << 25);
    jump_right(APP);
}
