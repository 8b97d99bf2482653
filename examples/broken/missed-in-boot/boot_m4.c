/* SPDX-License-Identifier: MIT */
/* Sleeps until it is released, after a start that takes a millisecond. */
#include "gate.h"

int main(void)
{
    for (volatile int i = 0; i < 2000; i++)
        ;
    wait_in_stop();
    jump_right(APP);
}
