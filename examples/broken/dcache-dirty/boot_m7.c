/* SPDX-License-Identifier: MIT */
/* The bootloader leaves a message in AXI SRAM, and only switches its data cache off: the message is
 * in a dirty line. */
#include "cache.h"

int main(void)
{
    enable_dcache();
    R32(0x24000000u) = 0x600DB007u;
    __DSB();
#ifdef REPAIRED
    all_lines(DCCISW);
#endif
    CCR &= ~CCR_DC;
    __DSB();
    __ISB();
    jump_right(APP);
}
