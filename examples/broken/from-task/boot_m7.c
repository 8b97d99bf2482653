/* SPDX-License-Identifier: MIT */
/* The jump is made from a task: on its process stack, and unprivileged. */
#include "user.h"

static uint32_t task_stack[64] __attribute__((aligned(8)));

__attribute__((naked, noreturn)) static void go(uint32_t sp, uint32_t entry)
{
    __asm volatile("msr msp, r0\n bx r1\n");
}

static uint32_t sp, entry;

int main(void)
{
    sp = R32(APP);
    entry = R32(APP + 4);
    SCB_CPACR = 0;
    SCB_VTOR = APP;
#ifndef REPAIRED
    __asm volatile("msr psp, %0" ::"r"(&task_stack[64]));
    __asm volatile("msr control, %0\n isb" ::"r"(3));
#else
    (void)task_stack;
#endif
    go(sp, entry);
}
