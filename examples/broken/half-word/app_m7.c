/* SPDX-License-Identifier: MIT */
/* Only four bytes of the flash word are written: it is never programmed, and the bootloader never
 * sees the request. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(30);
    FLASH_KEYR1 = 0x45670123u;
    FLASH_KEYR1 = 0xCDEF89ABu;
    FLASH_CR1 = 3u << 4 | 2u;
    R32(0x080DFFC0u) = 0x55504421u;
#ifdef REPAIRED
    for (uint32_t i = 1; i < 8; i++) {
        R32(0x080DFFC0u + 4 * i) = 0xFFFFFFFFu;
    }
#endif
    __DSB();
    while (FLASH_SR1 & 4u)
        ;
    FLASH_CR1 = 3u << 4;
    FLASH_CR1 |= 1u;
    SCB_AIRCR = 0x05FA0004u;
    for (;;)
        ;
}
