/* SPDX-License-Identifier: MIT */
/* The application jumps back into the bootloader out of a critical section, instead of resetting.
 */
#include "user.h"

#define BOOT 0x08000000u

int main(void)
{
    tick_start();
    R32(0xE000ED20u) = 0xF0F00000u; /* SHPR3: the tick has a low priority, as an RTOS wants it */
    delay(30);
    R32(0x38000300u) = 0xB007u;
    __asm volatile("msr basepri, %0" ::"r"(0x50)); /* taskENTER_CRITICAL() */
    SYST_CSR = 0;
#ifdef REPAIRED
    __DSB();
    SCB_AIRCR = 0x05FA0004u;
    for (;;)
        ;
#else
    SCB_VTOR = BOOT;
    __DSB();
    __ISB();
    __asm volatile("msr msp, %0\n bx %1" ::"r"(R32(BOOT)), "r"(R32(BOOT + 4)));
    __builtin_unreachable();
#endif
}
