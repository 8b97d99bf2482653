/* SPDX-License-Identifier: MIT */
/* Caches and MPU switched on by the application itself, as generated projects do it. */
#include "user.h"

#define CCR     R32(0xE000ED14u)
#define ICIALLU R32(0xE000EF50u)
#define DCISW   R32(0xE000EF60u)

int main(void)
{
    MPU_RNR = 0;
    MPU_RBAR = 0x38000000u; /* shared with the M4: normal, not cached */
    MPU_RASR = 1u << 28 | 3u << 24 | 1u << 19 | 15u << 1 | 1u;
    MPU_CTRL = 5;
    __DSB();
    __ISB();
    ICIALLU = 0;
    for (uint32_t set = 0; set < 128; set++) {
        for (uint32_t way = 0; way < 4; way++) {
            DCISW = way << 30 | set << 5;
        }
    }
    __DSB();
    CCR |= 1u << 16 | 1u << 17;
    __DSB();
    __ISB();
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
