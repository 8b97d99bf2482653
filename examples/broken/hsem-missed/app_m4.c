/* SPDX-License-Identifier: MIT */
#include "user.h"

int main(void)
{
    tick_start();
    delay(5); /* something to initialise first */
    SYST_CSR = 0;
    RCC_AHB4ENR |= 1u << 25;
    (void)RCC_AHB4ENR;
    EXTI_C2EMR3 |= 0x4000u;
    SCB_SCR |= 1u << 4;
    HSEM_C2IER = 1;
    HSEM_C2ICR = 1;
    __asm volatile("sev\n wfe"); /* drop an old event */
    __WFE();
    HSEM_C2ICR = 1;
    tick_start();
    for (;;) {
        delay(10);
        heartbeat++;
    }
}
