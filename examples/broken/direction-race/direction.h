/* SPDX-License-Identifier: MIT */
/*
 * A wire that is driven and listened to in turn, by MODER of port B; each core has one, at WIRE.
 * The pauses between read and write differ, so that a change is lost in this very run.
 */
#include "user.h"

#define GPIOB_MODER R32(0x58020400u)

static __attribute__((noinline)) uint32_t changed(uint32_t modes, bool drive)
{
    for (volatile uint32_t i = 0; i < heartbeat % 50; i++)
        ;
    return (modes & ~(3u << 2 * WIRE)) | (drive ? 1u << 2 * WIRE : 0);
}

static void direction(bool drive)
{
#ifdef REPAIRED
    while (HSEM_RLR(1) != (1u << 31 | CORE_ID << 8))
        ;
#endif
    GPIOB_MODER = changed(GPIOB_MODER, drive);
#ifdef REPAIRED
    HSEM_R(1) = CORE_ID << 8;
#endif
}

int main(void)
{
    RCC_AHB4ENR |= 1u << 25 | 1u << 1;
    (void)RCC_AHB4ENR;
    for (;;) {
        direction(true);
        direction(false);
        heartbeat++;
    }
}
