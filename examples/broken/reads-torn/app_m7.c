/* SPDX-License-Identifier: MIT */
/* A word is programmed twice and read back later: the bus fault has nothing to do with lost power.
 */
#include "user.h"

#define LOG 0x080C0000u

static void program(uint32_t first)
{
    FLASH_KEYR1 = 0x45670123u;
    FLASH_KEYR1 = 0xCDEF89ABu;
    FLASH_CR1 = 3u << 4 | 2u;
    for (uint32_t i = 0; i < 8; i++) {
        R32(LOG + 4 * i) = first + 0x01010101u * i;
    }
    while (FLASH_SR1 & 4u)
        ;
    FLASH_CR1 = 3u << 4;
    FLASH_CR1 |= 1u;
}

int main(void)
{
    tick_start();
    program(0x55555555u);
#ifndef REPAIRED
    program(0x02020202u);
#endif
    delay(5);
    heartbeat += R32(LOG);
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
