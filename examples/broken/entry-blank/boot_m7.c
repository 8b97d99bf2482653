/* SPDX-License-Identifier: MIT */
/* The application's offset is off by one sector: the vector table is read from blank flash. */
#include "user.h"

__attribute__((naked, noreturn)) static void go(uint32_t sp, uint32_t entry)
{
    __asm volatile("msr msp, r0\n bx r1\n");
}

int main(void)
{
#ifdef REPAIRED
    uint32_t app = APP;
#else
    uint32_t app = APP + 0x20000u;
#endif
    SCB_CPACR = 0;
    SCB_VTOR = app;
    go(*(volatile uint32_t *)(uintptr_t)app, *(volatile uint32_t *)(uintptr_t)(app + 4));
}
