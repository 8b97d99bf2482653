/* SPDX-License-Identifier: MIT */
/* ... and the M4's half of it. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    HSEM_C2IER = 1;
    __asm volatile("sev\n wfe");
    SCB_SCR |= 1u << 4 | 1u << 2; /* SEVONPEND, SLEEPDEEP */
    __DSB();
    __ISB();
    __WFE();
    SCB_SCR &= ~(1u << 2);
    HSEM_C2ICR = 1;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
