/* SPDX-License-Identifier: MIT */
/* The bootloader guards itself by the MPU (its RAM must not be executed, its guard not be written)
 * and leaves it on. */
#include "user.h"

int main(void)
{
    MPU_RNR = 0;
    MPU_RBAR = 0x20000000u;
    MPU_RASR =
        6u << 24 | 6u << 16 | 9u << 1 | 1u; /* read-only guard of 1 KiB at the start of DTCM */
    MPU_CTRL = 5;                           /* with the default map behind it */
    __DSB();
    __ISB();
#ifdef REPAIRED
    MPU_CTRL = 0;
    MPU_RASR = 0;
    MPU_RBAR = 0;
    __DSB();
    __ISB();
#endif
    jump_right(APP);
}
