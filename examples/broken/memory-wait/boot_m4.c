/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    R32(0x38001000u) = 0xC0FFEE00u;
#else
    R32(0x38001000u) = 0xC0FFEE01u;
#endif
    jump_right(APP);
}
