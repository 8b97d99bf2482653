/* SPDX-License-Identifier: MIT */
/* Waits for its tick with interrupts masked. */
#include "user.h"

int main(void)
{
    tick_start();
#ifndef REPAIRED
    __disable_irq();
#endif
    delay(5);
    __disable_irq();
    SYST_CSR = 0;
    SCB_ICSR = 1u << 25;
    __enable_irq();
    jump_right(APP);
}
