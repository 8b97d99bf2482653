/* SPDX-License-Identifier: MIT */
/* The bootloader chooses the supply of the board. */
#include "user.h"

int main(void)
{
    PWR_CR3 = 4; /* direct SMPS */
    jump_right(APP);
}
