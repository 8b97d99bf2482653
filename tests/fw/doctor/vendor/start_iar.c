/* SPDX-License-Identifier: MIT */
/* Start-up in the manner of another tool chain: the table in .intvec, the entry loads the stack
 * pointer itself, variables by a table of regions and block copies. */
#include "hal.h"

extern uint32_t CSTACK_limit, _sidata, _sdata, _edata, _sbss, _ebss;
int main(void);
void __program_start(void);
void SysTick_Handler(void);
void low_level_init(void);
void data_init(void);

static void stay(void)
{
    for (;;)
        ;
}

void SysTick_Handler(void)
{
    HAL_IncTick();
}

__attribute__((section(".intvec"), used)) const uint32_t *const vector_table[166] = {
    [0] = &CSTACK_limit,
    [1] = (const uint32_t *)__program_start,
    [2 ... 14] = (const uint32_t *)stay,
    [15] = (const uint32_t *)SysTick_Handler,
    [16 ... 165] = (const uint32_t *)stay,
};

__attribute__((used)) void low_level_init(void)
{
    SystemInit();
}

struct region {
    const uint32_t *from; /* NULL: clear */
    uint32_t *to, *end;
};

static const struct region regions[] = {{&_sidata, &_sdata, &_edata}, {0, &_sbss, &_ebss}};

/* Eight words at a time, the rest one by one. */
__attribute__((used)) void data_init(void)
{
    for (unsigned i = 0; i < 2; i++) {
        const uint32_t *from = regions[i].from;
        for (uint32_t *to = regions[i].to; to != regions[i].end; to++) {
            *to = from ? *from++ : 0;
        }
    }
}

__attribute__((naked)) void __program_start(void)
{
    __asm volatile("ldr r0, =CSTACK_limit\n"
                   "msr msp, r0\n"
                   "bl low_level_init\n"
                   "bl data_init\n"
                   "bl main\n"
                   "1: b 1b\n");
}
