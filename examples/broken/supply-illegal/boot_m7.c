/* SPDX-License-Identifier: MIT */
/* The bootloader writes a combination of supply bits that does not exist: the default is locked. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    PWR_CR3 = 4; /* direct SMPS: the board's */
#else
    PWR_CR3 = 3;
#endif
    jump_right(APP);
}
