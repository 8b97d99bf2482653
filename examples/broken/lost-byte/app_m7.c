/* SPDX-License-Identifier: MIT */
/* The last thing before the reset is a store of one byte: the RAM's ECC logic still holds it when
 * the reset comes, so it is lost. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(50);
#ifdef REPAIRED
    R32(0x38000200u) = 0x5A;
    __DSB();
    R32(0x38000204u) = 0;
#else
    *(volatile uint8_t *)0x38000200u = 0x5A;
#endif
    __DSB();
    SCB_AIRCR = 0x05FA0004u;
    for (;;)
        ;
}
