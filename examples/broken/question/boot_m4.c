/* SPDX-License-Identifier: MIT */
/* The question itself: the jump as asked about, on the Cortex-M4. */
#include "user.h"

#ifndef REPAIRED
static void (*entry)(void);
#endif

int main(void)
{
#ifdef REPAIRED
    jump_right(APP);
#else
    __disable_irq();
    entry = (void (*)(void))(uintptr_t) * (volatile uint32_t *)(APP + 4);
    __set_MSP(*(volatile uint32_t *)APP);
    entry();
    for (;;)
        ;
#endif
}
