/* SPDX-License-Identifier: MIT */
/* Chooses the direct SMPS, as this board needs it. */
#include "user.h"

int main(void)
{
    PWR_CR3 = 4u;
    while (!(PWR_CSR1 & 1u << 13))
        ;
    jump_right(APP);
}
