/* SPDX-License-Identifier: MIT */
/* Forbids to execute what it has not checked yet, and forgets to allow it again. */
#include "user.h"

int main(void)
{
    MPU_RNR = 0;
    MPU_RBAR = APP;
    MPU_RASR = 1u << 28 | 6u << 24 | 1u << 17 | 16u << 1 | 1u; /* 128 KiB, XN */
    MPU_CTRL = 5;
    __DSB();
    __ISB();
#ifdef REPAIRED
    MPU_CTRL = 0;
    MPU_RASR = 0;
    __DSB();
    __ISB();
#endif
    jump_right(APP);
}
