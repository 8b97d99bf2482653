/* SPDX-License-Identifier: MIT */
/* SystemInit() of the vendor's package sets VTOR to the start of the bank: VECT_TAB_OFFSET was not
 * defined. */
#include "user.h"

#define BANK1_BASE 0x08000000u
#ifdef REPAIRED
#define VECT_TAB_OFFSET 0x20000u
#else
#define VECT_TAB_OFFSET 0u
#endif

void SystemInit(void)
{
    SCB_CPACR |= 0xFu << 20;
    SCB_VTOR = BANK1_BASE | VECT_TAB_OFFSET;
}

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
