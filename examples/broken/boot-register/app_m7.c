/* SPDX-License-Identifier: MIT */
/* BCM4 = 0: the M7 sets the M4's boot address by SYSCFG_UR3, as the vendor's library does, and lets
 * it go. Nothing is wrong with that. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    const uint32_t address = 0x08120000u;
#else
    const uint32_t address = 0x08180000u;
#endif
    R32(0x580244F4u) |= 1u << 1; /* RCC_APB4ENR.SYSCFGEN */
    (void)R32(0x580244F4u);
    R32(0x5800070Cu) = (R32(0x5800070Cu) & 0xFFFFu) | (address >> 16) << 16;
    RCC_GCR |= 1u << 3;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
