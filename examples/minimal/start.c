/* SPDX-License-Identifier: MIT */
/* Vector table and start-up code of either core; ST's do as well. */
#include "duo/ram.h"

#include <stddef.h>

#define CPACR      (*(volatile uint32_t *)0xE000ED88u)
#define IRQ_HSEM   125u /* HSEM1 on the M7, the next one on the M4 (RM0399, NVIC) */
#define FIRST_IRQ  16u
#define FPU_ACCESS 0x00F00000u

extern uint32_t stack_top, data_load, data_begin, data_end, bss_begin, bss_end;

int main(void);
void Reset_Handler(void);
void SysTick_Handler(void);
void HSEM_Handler(void);
static void fault(void);

__attribute__((section(".vectors"), used)) static const void *const vectors[DUO_VECTORS] = {
    [0] = &stack_top,
    [1] = Reset_Handler,
    [2 ... 14] = fault,
    [15] = SysTick_Handler,
    [16 ... FIRST_IRQ + IRQ_HSEM - 1u] = fault,
    [FIRST_IRQ + IRQ_HSEM... FIRST_IRQ + IRQ_HSEM + 1u] = HSEM_Handler,
    [FIRST_IRQ + IRQ_HSEM + 2u ... DUO_VECTORS - 1u] = fault,
};

static void fault(void)
{
    for (;;) {
    }
}

void Reset_Handler(void)
{
    const uint32_t *from = &data_load;

    CPACR |= FPU_ACCESS;
    for (uint32_t *to = &data_begin; to != &data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = &bss_begin; to != &bss_end; to++) {
        *to = 0;
    }
    duo_ram_start();
    (void)main();
    fault();
}
