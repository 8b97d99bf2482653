/* SPDX-License-Identifier: MIT */
/* A counter in flash is "updated in place": the second program of a word spoils its ECC, and
 * reading it faults. */
#include "user.h"

#define SLOT 0x080E0000u

static void program(uint32_t value)
{
    FLASH_KEYR1 = 0x45670123u;
    FLASH_KEYR1 = 0xCDEF89ABu;
    FLASH_CCR1 = 1u << 18 | 1u << 21;
    FLASH_CR1 = 3u << 4 | 1u << 1;
    __DSB();
    __ISB();
    for (uint32_t i = 0; i < 8; i++) {
        R32(SLOT + 4 * i) = value;
    }
    __DSB();
    while (FLASH_SR1 & 1u << 2)
        ;
    FLASH_CR1 = 3u << 4;
    FLASH_CR1 |= 1u;
}

int main(void)
{
    program(0xFFFF5A5Au);
#ifndef REPAIRED
    program(0x1234FFFFu);
#endif
    tick_start();
    for (;;) {
        delay(10);
        heartbeat += R32(SLOT) & 1u;
    }
}
