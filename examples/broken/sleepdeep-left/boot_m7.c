/* SPDX-License-Identifier: MIT */
/* Has slept in Stop itself, and leaves SLEEPDEEP to the application. */
#include "user.h"

int main(void)
{
#ifndef REPAIRED
    SCB_SCR |= 4;
#endif
    jump_right(APP);
}
