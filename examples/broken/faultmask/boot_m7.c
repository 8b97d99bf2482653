/* SPDX-License-Identifier: MIT */
/* FAULTMASK instead of PRIMASK: "interrupts really off". */
#include "user.h"

int main(void)
{
    __asm volatile("cpsid f" ::: "memory");
#ifdef REPAIRED
    __asm volatile("cpsie f" ::: "memory");
#endif
    jump_right(APP);
}
