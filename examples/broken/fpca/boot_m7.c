/* SPDX-License-Identifier: MIT */
/* The bootloader has computed with the FPU, and its context is still active at the jump. */
#include "user.h"

int main(void)
{
    static volatile float percent = 99.5f;

    percent = percent + 0.5f;
#ifdef REPAIRED
    __asm volatile("msr control, %0\n isb" ::"r"(0));
#endif
    jump_right(APP);
}
