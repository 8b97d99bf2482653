/* SPDX-License-Identifier: MIT */
/* One sector of bank 1 is to be erased, but the request names both banks: the whole of bank 2 goes,
 * and with it the program of the M4. */
#include "user.h"

#define PARALLELISM (3u << 4)

static void erase(uint32_t sector, bool both)
{
    FLASH_KEYR1 = 0x45670123u;
    FLASH_KEYR1 = 0xCDEF89ABu;
    FLASH_CR1 = PARALLELISM | 1u << 2 | sector << 8;
    FLASH_CR1 |= 1u << 7;
    if (both) {
        FLASH_KEYR2 = 0x45670123u;
        FLASH_KEYR2 = 0xCDEF89ABu;
        FLASH_CR2 = PARALLELISM | 1u << 3;
        FLASH_CR2 |= 1u << 7;
    }
    while ((FLASH_SR1 | FLASH_SR2) & 5u) {
        __WFI();
    }
    FLASH_CR1 = PARALLELISM;
    FLASH_CR1 |= 1;
    if (both) {
        FLASH_CR2 = PARALLELISM;
        FLASH_CR2 |= 1;
    }
}

int main(void)
{
    tick_start();
    delay(20);
#ifdef REPAIRED
    erase(6, false);
#else
    erase(6, true);
#endif
    for (;;) {
        __WFI();
        heartbeat++;
    }
}
