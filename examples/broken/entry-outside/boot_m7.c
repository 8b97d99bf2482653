/* SPDX-License-Identifier: MIT */
/* The entry comes from a header of an older, larger version: there is nothing any more. */
#include "user.h"

int main(void)
{
#ifdef REPAIRED
    jump_right(APP);
#else
    SCB_CPACR = 0;
    SCB_VTOR = APP;
    __asm volatile("msr msp, %0\n bx %1\n" ::"r"(R32(APP)), "r"(APP + 0x18001u));
    for (;;)
        ;
#endif
}
