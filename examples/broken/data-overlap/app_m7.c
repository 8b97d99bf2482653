/* SPDX-License-Identifier: MIT */
// link: RAM=0x30008000
/* The stacks are apart, but the M7's variables are put into the SRAM that the M4 calls 0x10008000.
 */
#include "user.h"

volatile uint32_t table[64] = {1, 2, 3};

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat += table[0];
    }
}
