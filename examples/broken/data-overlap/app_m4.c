/* SPDX-License-Identifier: MIT */
// link: RAM=0x10008000
#include "user.h"

volatile uint32_t table[64] = {4, 5, 6};

int main(void)
{
    tick_start();
    for (;;) {
        delay(10);
        heartbeat += table[0];
    }
}
