/* SPDX-License-Identifier: MIT */
#include "gate.h"

int main(void)
{
    wait_in_stop();
    jump_right(APP);
}
