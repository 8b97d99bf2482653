/* SPDX-License-Identifier: MIT */
/* The bootloader does its work in interrupts and sleeps in between; the application inherits the
 * sleep: its main program stops at the first interrupt. */
#include "user.h"

int main(void)
{
    SCB_SCR |= 1u << 1; /* SLEEPONEXIT */
#ifdef REPAIRED
    SCB_SCR = 0;
#endif
    jump_right(APP);
}
