/* SPDX-License-Identifier: MIT */
/* Erases a sector for its data and has counted the sectors from the wrong end: it is the
 * bootloader's. Nothing happens until the next reset. */
#include "user.h"

#ifdef REPAIRED
#define SECTOR 7u
#else
#define SECTOR 0u
#endif
#define MARK R32(0x38000000u)

int main(void)
{
    tick_start();
    FLASH_KEYR1 = 0x45670123;
    FLASH_KEYR1 = 0xCDEF89AB;
    FLASH_CR1 = 4u | 3u << 4 | SECTOR << 8 | 1u << 7;
    __DSB();
    while (FLASH_SR1 & 4)
        ;
    FLASH_CR1 = 1;
    if (MARK != 0x12345678) {
        MARK = 0x12345678;
        R32(0x38000004u) = 0;
        __DSB();
        SCB_AIRCR = 0x05FA0004;
        for (;;)
            ;
    }
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
