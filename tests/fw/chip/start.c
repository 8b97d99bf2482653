/* SPDX-License-Identifier: MIT */
/* Vector table and reset code of the test programs, for either core. */
#include "chip.h"

extern uint32_t stack_top[], data_load[], data_start[], data_end[], bss_start[], bss_end[];
int main(void);

volatile uint32_t ticks;
void (*volatile irq_handlers[150])(void);

void reset_handler(void);

__attribute__((noreturn)) static void fault(void)
{
    for (;;) {
    }
}

static void systick(void)
{
    ticks++;
}

static void any_irq(void)
{
    uint32_t ipsr;

    __asm volatile("mrs %0, ipsr" : "=r"(ipsr));
    if (irq_handlers[(ipsr & 0x1FF) - 16]) {
        irq_handlers[(ipsr & 0x1FF) - 16]();
    }
}

#define IRQ10                                                                                      \
    any_irq, any_irq, any_irq, any_irq, any_irq, any_irq, any_irq, any_irq, any_irq, any_irq

typedef void (*vector)(void);
__attribute__((section(".vectors"), used)) static const vector table[166] = {
    (vector)(uintptr_t)stack_top,
    reset_handler,
    fault,
    fault,
    fault,
    fault,
    fault,
    0,
    0,
    0,
    0,
    fault,
    fault,
    0,
    fault,
    systick,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
    IRQ10,
};

void reset_handler(void)
{
    system_init();
    SCB(0xD08) = (uint32_t)(uintptr_t)table;
    uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end;) {
        *to++ = 0;
    }
    main();
    for (;;) {
    }
}
