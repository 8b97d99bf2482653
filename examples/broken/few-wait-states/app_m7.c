/* SPDX-License-Identifier: MIT */
/* The application takes the flash's wait states away: at 64 MHz one is needed. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    FLASH_ACR = 0x11;
#else
    FLASH_ACR = 0x10;
#endif
    (void)FLASH_ACR;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
