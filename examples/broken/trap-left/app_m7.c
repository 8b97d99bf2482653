/* SPDX-License-Identifier: MIT */
/* Counts on it that a division by zero gives 0, as it does after a reset. */
#include "user.h"

static volatile uint32_t sum = 7, samples;

int main(void)
{
    heartbeat = sum / samples;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
