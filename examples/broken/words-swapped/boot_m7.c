/* SPDX-License-Identifier: MIT */
/* Takes word 0 of the table for the entry and word 1 for the stack. */
#include "user.h"

__attribute__((naked, noreturn)) static void go(uint32_t sp, uint32_t entry)
{
    __asm volatile("msr msp, r0\n"
                   "bx r1\n");
}

int main(void)
{
    SCB_CPACR = 0;
    SCB_VTOR = APP;
    __DSB();
#ifdef REPAIRED
    go(R32(APP), R32(APP + 4));
#else
    go(R32(APP + 4), R32(APP));
#endif
}
