/* SPDX-License-Identifier: MIT */
/* A timer's interrupt whose flag nobody clears; the table is in RAM. */
#include "user.h"

#define TIM7_IRQ 55
#define TIM7     0x40001400u

static uint32_t table[16 + 150] __attribute__((aligned(1024)));

static void tim7_handler(void)
{
    heartbeat++;
#ifdef REPAIRED
    R32(TIM7 + 0x10) = 0;
#endif
}

int main(void)
{
    tick_start();
    RCC_APB1LENR |= 1u << 5;
    (void)RCC_APB1LENR;
    R32(TIM7 + 0x28) = 63;
    R32(TIM7 + 0x2C) = 999;
    R32(TIM7 + 0x0C) = 1;
    for (uint32_t i = 0; i < 16 + 150; i++) {
        table[i] = R32(APP + 4 * i);
    }
    table[16 + TIM7_IRQ] = (uint32_t)(uintptr_t)tim7_handler;
    __DSB();
    SCB_VTOR = (uint32_t)(uintptr_t)table;
    __DSB();
    NVIC_ISER(TIM7_IRQ);
    R32(TIM7) = 1;
    for (;;) {
        delay(10);
    }
}
