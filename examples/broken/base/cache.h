/* SPDX-License-Identifier: MIT */
/* The Cortex-M7's data cache, as the vendor's headers switch it. */
#ifndef BROKEN_CACHE_H
#define BROKEN_CACHE_H

#include "user.h"

#define CCR     R32(0xE000ED14u)
#define CCR_DC  (1u << 16)
#define DCISW   0xE000EF60u /* invalidate by set and way */
#define DCCISW  0xE000EF74u /* clean and invalidate by set and way */
#define MAILBOX R32(0x38000100u)

static inline void all_lines(uint32_t operation)
{
    for (uint32_t set = 0; set < 128; set++) {
        for (uint32_t way = 0; way < 4; way++) {
            R32(operation) = way << 30 | set << 5;
        }
    }
    __DSB();
}

static inline void enable_dcache(void)
{
    all_lines(DCISW);
    CCR |= CCR_DC;
    __DSB();
    __ISB();
}

/* SRAM4 as normal memory that is not cached. */
static inline void share_uncached(void)
{
    MPU_RNR = 0;
    MPU_RBAR = 0x38000000u;
    MPU_RASR = 1u << 28 | 3u << 24 | 1u << 19 | 15u << 1 | 1u; /* 64 KiB */
    MPU_CTRL = 5;
    __DSB();
    __ISB();
}

#endif
