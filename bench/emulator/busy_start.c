/* SPDX-License-Identifier: MIT */
#include "busy.h"

extern uint32_t stack_top[], bss_start[], bss_end[];
void reset_handler(void);

__attribute__((noreturn)) void reset_handler(void)
{
    for (uint32_t *p = bss_start; p < bss_end;) {
        *p++ = 0;
    }
    *(volatile uint32_t *)0xe000ed88 = 0xfu << 20; /* CPACR: FPU on */
#ifdef BUSY_DCACHE
    *(volatile uint32_t *)0xe000ed14 |= 1u << 16; /* CCR.DC */
#endif
    __asm__ volatile("dsb\n isb");
    for (uint32_t i = 0;; i++) {
        busy_round(i);
        *(volatile uint32_t *)stack_top = i + 1;
    }
}

static void stop(void)
{
    for (;;) {
    }
}

typedef void (*entry)(void);
__attribute__((section(".vectors"), used)) static entry const vectors[16] = {
    (entry)(uintptr_t)stack_top, reset_handler, stop, stop, stop, stop, stop};
