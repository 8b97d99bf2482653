/* SPDX-License-Identifier: MIT */
/* Erases the first sector of the wrong bank: the M4's bootloader, which runs there. */
#include "user.h"

static void erase(uint32_t bank, uint32_t sector)
{
    R32(0x52002004u + bank) = 0x45670123u;
    R32(0x52002004u + bank) = 0xCDEF89ABu;
    R32(0x5200200Cu + bank) = 1u << 2 | 3u << 4 | sector << 8;
    R32(0x5200200Cu + bank) |= 1u << 7;
    while (R32(0x52002010u + bank) & 4u)
        ;
    R32(0x5200200Cu + bank) = 1u;
}

int main(void)
{
    tick_start();
    delay(10);
#ifndef REPAIRED
    erase(0x100, 0);
#else
    erase(0, 6);
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
