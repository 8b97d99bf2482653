/* SPDX-License-Identifier: MIT */
/* The bootloader switches the caches on for its check of the image, and leaves them on. */
#include "cache.h"

int main(void)
{
    enable_dcache();
#ifdef REPAIRED
    CCR &= ~CCR_DC;
    __DSB();
    all_lines(DCCISW);
    __ISB();
#endif
    jump_right(APP);
}
