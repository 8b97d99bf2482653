/* SPDX-License-Identifier: MIT */
/* Sleeps between its ticks. */
#include "user.h"

int main(void)
{
    tick_start();
    for (;;) {
        uint32_t start = ticks;
        while (ticks - start < 10) {
            __WFI();
        }
        heartbeat++;
    }
}
