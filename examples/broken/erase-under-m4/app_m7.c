/* SPDX-License-Identifier: MIT */
/* The M7 erases a sector of bank 2 for its log, while the M4 runs from that bank. */
#include "user.h"

static void erase(volatile uint32_t *keyr, volatile uint32_t *cr, volatile uint32_t *sr,
                  uint32_t sector)
{
    *keyr = 0x45670123u;
    *keyr = 0xCDEF89ABu;
    *cr = 3u << 4 | 1u << 2 | sector << 8 | 1u << 7;
    while (*sr & 1u << 2)
        ;
    *cr = 3u << 4;
    *cr |= 1u;
}

int main(void)
{
    tick_start();
    delay(10);
#ifndef REPAIRED
    erase(&FLASH_KEYR2, &FLASH_CR2, &FLASH_SR2, 7);
#else
    (void)erase; /* the log has moved to RAM until the M4 can be parked */
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
