/* SPDX-License-Identifier: MIT */
/* Gives the M4 an order in memory and waits for the answer. */
#include "user.h"

#define ORDER R32(0x38000000u)

int main(void)
{
    tick_start();
    delay(3);
    ORDER = 1;
    while (ORDER != 2)
        ;
    for (;;) {
        delay(5);
        heartbeat++;
    }
}
