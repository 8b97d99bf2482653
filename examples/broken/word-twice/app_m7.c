/* SPDX-License-Identifier: MIT */
/* A log entry is programmed over one that is there: the ECC of the word does not fit any more. */
#include "user.h"

#define LOG 0x080C0000u

static void program(uint32_t first)
{
    FLASH_KEYR1 = 0x45670123u;
    FLASH_KEYR1 = 0xCDEF89ABu;
    FLASH_CR1 = 3u << 4 | 2u;
    for (uint32_t i = 0; i < 8; i++) {
        R32(LOG + 4 * i) = first + i;
    }
    while (FLASH_SR1 & 4u)
        ;
    FLASH_CR1 = 3u << 4;
    FLASH_CR1 |= 1u;
}

int main(void)
{
    tick_start();
    program(0x11111111u);
#ifndef REPAIRED
    program(0x22222222u);
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
