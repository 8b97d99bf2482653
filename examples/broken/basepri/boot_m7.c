/* SPDX-License-Identifier: MIT */
/* The jump is made inside a critical section of an RTOS, which masks by BASEPRI. */
#include "user.h"

static void enter_critical(void)
{
    __asm volatile("msr basepri, %0\n isb\n dsb" ::"r"(0x50));
}

#ifdef REPAIRED
static void exit_critical(void)
{
    __asm volatile("msr basepri, %0" ::"r"(0));
}
#endif

int main(void)
{
    enter_critical();
#ifdef REPAIRED
    exit_critical();
#endif
    jump_right(APP);
}
