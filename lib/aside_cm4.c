/* SPDX-License-Identifier: MIT */
#include "lib/aside.h"

#include "lib/shared.h"
#include "port/stm32h7/ramfunc.h"

/* Looks at SRAM4 without a sign of the M7: seconds at any clock. An M7 that has crashed gives no
 * sign, and this core must not wait for it. */
#define LOOKS 20000000u

RAMFUNC void aside_follow(void)
{
    uint32_t sign = SHARED->aside_sign;
    uint32_t looks = 0;

    for (uint32_t wish; (wish = SHARED->aside_wish) != 0 && looks < LOOKS; looks++) {
        if (SHARED->aside != wish) {
            SHARED->aside = wish;
        }
        if (SHARED->aside_sign != sign) {
            sign = SHARED->aside_sign;
            looks = 0;
        }
    }
}
