/* The M7 polls a counter of the M4 in SRAM4, through its data cache. */
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

#ifdef REPAIRED
static void share_uncached(void)
{
    MPU_RNR = 0;
    MPU_RBAR = 0x38000000u;
    MPU_RASR = 1u << 28 | 3u << 24 | 1u << 19 | 15u << 1 | 1u; /* normal, not cached, 64 KiB */
    MPU_CTRL = 5;
    __DSB();
    __ISB();
}
#endif

int main(void)
{
#ifdef REPAIRED
    share_uncached();
#endif
    enable_dcache();
    tick_start();
    for (;;) {
        delay(5);
        heartbeat = R32(0x38000100u);
    }
}
