/* SPDX-License-Identifier: MIT */
/* The application is called at its base, where its vector table is: stack pointer and entry are
 * executed as instructions. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    jump_right(APP);
#else
    SCB_CPACR = 0;
    SCB_VTOR = APP;
    __asm volatile("msr msp, %0\n bx %1\n" ::"r"(R32(APP)), "r"(APP | 1u));
    for (;;)
        ;
#endif
}
