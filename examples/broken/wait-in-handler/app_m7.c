/* SPDX-License-Identifier: MIT */
/* PendSV waits for the tick, which has the same priority. */
#include "user.h"

#define PENDSVSET (1u << 28)

void PendSV_Handler(void);

void PendSV_Handler(void)
{
#ifndef REPAIRED
    delay(5);
#endif
    heartbeat++;
}

int main(void)
{
    tick_start();
    delay(20);
    SCB_ICSR = PENDSVSET;
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
