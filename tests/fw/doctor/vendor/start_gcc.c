/* SPDX-License-Identifier: MIT */
/* Start-up in the manner of the vendor's file for GCC: the stack pointer first, then SystemInit,
 * then the variables. */
#include "hal.h"

extern uint32_t _estack, _sidata, _sdata, _edata, _sbss, _ebss;
int main(void);
void Reset_Handler(void);
void Default_Handler(void);
void SysTick_Handler(void);
void HardFault_Handler(void);
void SVC_Handler(void);
void PendSV_Handler(void);
void TIM6_Handler(void);
void start_c(void);

void Default_Handler(void)
{
    for (;;)
        ;
}

__attribute__((weak)) void HardFault_Handler(void)
{
    for (;;)
        ;
}

__attribute__((weak)) void SysTick_Handler(void)
{
    HAL_IncTick();
}

__attribute__((weak, alias("Default_Handler"))) void SVC_Handler(void);
__attribute__((weak, alias("Default_Handler"))) void PendSV_Handler(void);
__attribute__((weak, alias("Default_Handler"))) void TIM6_Handler(void);

__attribute__((section(".isr_vector"), used)) const uint32_t *const vector_table[166] = {
    [0] = &_estack,
    [1] = (const uint32_t *)Reset_Handler,
    [2] = (const uint32_t *)Default_Handler,
    [3 ... 6] = (const uint32_t *)HardFault_Handler,
    [11] = (const uint32_t *)SVC_Handler,
    [12] = (const uint32_t *)Default_Handler,
    [14] = (const uint32_t *)PendSV_Handler,
    [15] = (const uint32_t *)SysTick_Handler,
    [16 ... 69] = (const uint32_t *)Default_Handler,
    [70] = (const uint32_t *)TIM6_Handler,
    [71 ... 165] = (const uint32_t *)Default_Handler,
};

__attribute__((used)) void start_c(void)
{
    const uint32_t *from = &_sidata;

    for (uint32_t *to = &_sdata; to != &_edata; to++) {
        *to = *from++;
    }
    for (uint32_t *to = &_sbss; to != &_ebss; to++) {
        *to = 0;
    }
}

__attribute__((naked)) void Reset_Handler(void)
{
    __asm volatile("ldr r0, =_estack\n"
                   "mov sp, r0\n"
                   "bl SystemInit\n"
                   "bl start_c\n"
                   "bl main\n"
                   "1: b 1b\n");
}
