/* SPDX-License-Identifier: MIT */
/* The application stores a setting, and unlocks the flash for it as every example does. */
#include "user.h"

int main(void)
{
    FLASH_KEYR1 = 0x45670123u;
    FLASH_KEYR1 = 0xCDEF89ABu;
    __DSB();
    FLASH_CR1 |= 1u;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
