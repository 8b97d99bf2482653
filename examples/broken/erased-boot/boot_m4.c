/* SPDX-License-Identifier: MIT */
/* A bootloader of the M4 that waits some time for a message before it jumps. */
#include "user.h"

int main(void)
{
    tick_start();
    delay(50);
    SYST_CSR = 0;
    SCB_ICSR = 1u << 25;
    jump_right(APP);
}
