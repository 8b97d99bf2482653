/* SPDX-License-Identifier: MIT */
/* Vector table and start-up code of either core; ST's do as well. */
#include <stddef.h>

#include "duo/ram.h"

#define CPACR      (*(volatile uint32_t *)0xE000ED88u)
#define FIRST_IRQ  16u
#define IRQ_USART3 39u  /* RM0399, NVIC */
#define IRQ_HSEM   125u /* HSEM1 on the M7, the next one on the M4 */
#define FPU_ACCESS 0x00F00000u

extern uint32_t stack_top, data_load, data_begin, data_end, bss_begin, bss_end;

int main(void);
void Reset_Handler(void);
void SVC_Handler(void);
void PendSV_Handler(void);
void SysTick_Handler(void);
void USART3_IRQHandler(void);
void HSEM_IRQHandler(void);

static void fault(void)
{
    for (;;) {
    }
}

/* The M4 has no line. */
__attribute__((weak)) void USART3_IRQHandler(void)
{
    fault();
}

__attribute__((section(".vectors"), used)) static const void *const vectors[DUO_VECTORS] = {
    [0] = &stack_top,
    [1] = Reset_Handler,
    [2 ... 10] = fault,
    [11] = SVC_Handler,
    [12 ... 13] = fault,
    [14] = PendSV_Handler,
    [15] = SysTick_Handler,
    [FIRST_IRQ... FIRST_IRQ + IRQ_USART3 - 1u] = fault,
    [FIRST_IRQ + IRQ_USART3] = USART3_IRQHandler,
    [FIRST_IRQ + IRQ_USART3 + 1u ... FIRST_IRQ + IRQ_HSEM - 1u] = fault,
    [FIRST_IRQ + IRQ_HSEM... FIRST_IRQ + IRQ_HSEM + 1u] = HSEM_IRQHandler,
    [FIRST_IRQ + IRQ_HSEM + 2u ... DUO_VECTORS - 1u] = fault,
};

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
