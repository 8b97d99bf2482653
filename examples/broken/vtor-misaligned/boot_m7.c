/* SPDX-License-Identifier: MIT */
/* A header of 0x200 bytes in front of the application: its table is not aligned for 166 vectors. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    jump_right(APP);
#else
    const uint32_t *table = (const uint32_t *)(uintptr_t)APP;
    SCB_CPACR = 0;
    SCB_VTOR = APP + 0x200u;
    __asm volatile("msr msp, %0\n bx %1\n" ::"r"(table[0]), "r"(table[1]));
    for (;;)
        ;
#endif
}
