/* SPDX-License-Identifier: MIT */
/* Waits until the M7 has set up the clocks, and lowers the voltage to save power: too low for them.
 */
#include "user.h"

static void save_power(void)
{
    PWR_D3CR = 1u << 14; /* VOS3 */
}

int main(void)
{
    while (R32(0x38001000u) != 0x51554555u)
        ;
    SYST_RVR = 200000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    delay(10);
#ifndef REPAIRED
    save_power();
#else
    (void)save_power;
#endif
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
