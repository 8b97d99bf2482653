/* SPDX-License-Identifier: MIT */
#include "user.h"

__attribute__((naked, noreturn)) static void go(uint32_t sp, uint32_t entry)
{
    __asm volatile("msr msp, r0\n bx r1\n");
}

int main(void)
{
    SCB_CPACR = 0;
    go(*(volatile uint32_t *)APP, *(volatile uint32_t *)(APP + 4));
}
