/* SPDX-License-Identifier: MIT */
/* The bootloader used SysTick for its time-outs and leaves it running. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(3);
#ifdef REPAIRED
    SYST_CSR = 0;
    SYST_RVR = 0;
    SYST_CVR = 0;
    SCB_ICSR = 1u << 25; /* PENDSTCLR */
#endif
    jump_right(APP);
}
