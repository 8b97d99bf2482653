/* SPDX-License-Identifier: MIT */
/* What an RTOS does after the hand-over: vectors copied to RAM, a task unprivileged on the process
 * stack, critical sections by BASEPRI. */
#include "user.h"

static uint32_t ram_table[256] __attribute__((aligned(1024)));
static uint32_t task_stack[128] __attribute__((aligned(8)));

__attribute__((noreturn)) static void task(void)
{
    for (;;) {
        delay(5);
        heartbeat++;
    }
}

int main(void)
{
    for (unsigned i = 0; i < 166; i++) {
        ram_table[i] = R32(APP + 4 * i);
    }
    SCB_VTOR = (uint32_t)(uintptr_t)ram_table;
    __DSB();
    __asm volatile("msr basepri, %0" ::"r"(0x50));
    tick_start();
    __asm volatile("msr basepri, %0" ::"r"(0));
    __asm volatile("msr psp, %0\n msr control, %1\n isb\n bx %2" ::"r"(&task_stack[128]), "r"(3),
                   "r"(task));
    for (;;)
        ;
}
