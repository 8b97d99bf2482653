/* SPDX-License-Identifier: MIT */
#include "test.h"

int main(void)
{
    SCB(0xd88) |= 0xfu << 20; /* FPU on */
    barrier();
    test_calls();
    test_priorities();
    test_faults();
    test_returns();
    test_fpu();
    test_mpu();
    test_registers();
    test_stack_faults();
    test_sleep();
    test_systick();
    say_text("END", "1");
    board_end();
    return 0;
}
