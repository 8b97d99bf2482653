/* SPDX-License-Identifier: MIT */
/* An erase takes longer than the watchdog waits, and nobody feeds it meanwhile. */
#include "user.h"

int main(void)
{
    IWDG1_KR = 0xCCCC;
    IWDG1_KR = 0x5555;
    IWDG1_PR = 0;
    IWDG1_RLR = 400; /* 50 ms */
    while (R32(0x5800480Cu))
        ; /* IWDG1_SR: both are taken over */
    IWDG1_KR = 0xAAAA;
    FLASH_KEYR2 = 0x45670123u;
    FLASH_KEYR2 = 0xCDEF89ABu;
    FLASH_CR2 = 1u << 2 | 3u << 4 | 6u << 8;
    FLASH_CR2 |= 1u << 7;
    while (FLASH_SR2 & 4u) {
#ifdef REPAIRED
        IWDG1_KR = 0xAAAA;
#endif
    }
    FLASH_CR2 = 1u;
    tick_start();
    for (;;) {
        delay(10);
        IWDG1_KR = 0xAAAA;
        heartbeat++;
    }
}
