/* SPDX-License-Identifier: MIT */
/* Locks both banks when it has used one: what is locked stays locked, and nothing is lost. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(5);
    FLASH_KEYR2 = 0x45670123;
    FLASH_KEYR2 = 0xCDEF89AB;
    FLASH_CR2 = 2u | 3u << 4;
    __DSB();
    for (uint32_t i = 0; i < 8; i++) {
        R32(0x081E0000u + 4 * i) = i;
    }
    __DSB();
    while (FLASH_SR2 & 5)
        ;
    FLASH_CR2 = 0;
    FLASH_CR2 = 1;
    FLASH_CR1 = 1;
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
