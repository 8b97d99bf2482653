/* SPDX-License-Identifier: MIT */
/* The Thumb bit is "cleaned" off the entry address. */
#include "user.h"

__attribute__((naked, noreturn)) static void go(uint32_t sp, uint32_t entry)
{
    __asm volatile("msr msp, r0\n bx r1\n");
}

int main(void)
{
    uint32_t sp = *(volatile uint32_t *)APP, entry = *(volatile uint32_t *)(APP + 4);

    SCB_CPACR = 0;
    SCB_VTOR = APP;
#ifndef REPAIRED
    entry &= ~1u;
#endif
    go(sp, entry);
}
