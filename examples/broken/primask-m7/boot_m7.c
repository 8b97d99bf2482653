/* SPDX-License-Identifier: MIT */
/* The jump of the question, on the M7: interrupts are disabled for the jump, and never enabled
 * again. */
#include "user.h"

static void (*entry)(void);

int main(void)
{
#ifndef REPAIRED
    __disable_irq();
#endif
    SCB_CPACR = 0;
    SCB_VTOR = APP;
    entry = (void (*)(void))(uintptr_t) * (volatile uint32_t *)(APP + 4);
    __set_MSP(*(volatile uint32_t *)APP);
    entry();
    for (;;)
        ;
}
