/* SPDX-License-Identifier: MIT */
/* Traps divisions by zero in its own code, and in that of the application. */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    R32(0xE000ED14u) |= 1u << 4; /* CCR.DIV_0_TRP */
#endif
    jump_right(APP);
}
