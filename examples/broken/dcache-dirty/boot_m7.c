/* The bootloader leaves a message in AXI SRAM, and only switches its data cache off: the message is
 * in a dirty line. */
#include "user.h"

static void enable_dcache(void)
{
    for (uint32_t set = 0; set < 128; set++)
        for (uint32_t way = 0; way < 4; way++)
            R32(0xE000EF60u) = way << 30 | set << 5; /* DCISW */
    __DSB();
    R32(0xE000ED14u) |= 1u << 16;
    __DSB();
    __ISB();
}

int main(void)
{
    enable_dcache();
    R32(0x24000000u) = 0x600DB007u;
    __DSB();
#ifdef REPAIRED
    for (uint32_t set = 0; set < 128; set++)
        for (uint32_t way = 0; way < 4; way++)
            R32(0xE000EF74u) = way << 30 | set << 5; /* DCCISW */
    __DSB();
#endif
    R32(0xE000ED14u) &= ~(1u << 16);
    __DSB();
    __ISB();
    jump_right(APP);
}
