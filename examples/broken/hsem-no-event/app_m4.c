/* SPDX-License-Identifier: MIT */
/* The M4 goes to Stop until the M7 frees semaphore 0. It arms the semaphore's notification, but a
 * release is no event for a core by itself: WFE sleeps on. */
#include "user.h"

int main(void)
{
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
#ifdef REPAIRED
    EXTI_C2EMR3 |= 1u << 14; /* line 78 */
#endif
    HSEM_C2IER |= 1;
    __asm volatile("sev\n wfe"); /* drop an old event */
    PWR_CPU2CR &= ~7u;
    SCB_SCR |= 4;
    __DSB();
    __ISB();
    __WFE();
    SCB_SCR &= ~4u;
    HSEM_C2ICR = 1;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
