/* SPDX-License-Identifier: MIT */
/* The bootloader was generated for the LDO, the application for the SMPS. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    PWR_CR3 = 0x04;
#else
    PWR_CR3 = 0x02;
#endif
    while (!(PWR_CSR1 & 1u << 13))
        ;
    jump_right(APP);
}
