/* SPDX-License-Identifier: MIT */
/* Calls a function in the memory at the QUADSPI, mapped to 0x90000000: what a chip does is not
 * known here. */
#include "user.h"

#define QSPI(off) R32(0x52005000u + (off))

int main(void)
{
    R32(0x580244D4u) |= 1u << 14; /* RCC_AHB3ENR */
    (void)R32(0x580244D4u);
    QSPI(0x04) = 23u << 16; /* 16 MiB */
    QSPI(0x00) = 1u | 1u << 24;
    QSPI(0x14) =
        3u << 26 | 1u << 24 | 2u << 12 | 1u << 10 | 1u << 8 | 0x03u; /* mapped, by one line */
    tick_start();
    ((void (*)(void))0x90000001u)();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
