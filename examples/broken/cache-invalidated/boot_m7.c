/* SPDX-License-Identifier: MIT */
/* The bootloader leaves a word for the application, and invalidates its data cache before the jump.
 */
#include "cache.h"
#include "user.h"

int main(void)
{
    enable_dcache();
    R32(0x24000100u) = 0xC0FFEE00u;
    R32(0x24000104u) = 1;
    __DSB();
#ifdef REPAIRED
    CCR &= ~CCR_DC;
    __DSB();
    all_lines(DCCISW);
#else
    all_lines(DCISW);
    CCR &= ~CCR_DC;
    __DSB();
#endif
    jump_right(APP);
}
