/* SPDX-License-Identifier: MIT */
/* Start-up code and vector table, in the way of a vendor's package. */
#include "user.h"

extern uint32_t __stack_top, __data_load, __data_start, __data_end, __bss_start, __bss_end;

volatile uint32_t ticks, heartbeat;

void Reset_Handler(void);
void Default_Handler(void);

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
    ticks++;
}

__attribute__((weak, alias("Default_Handler"))) void PendSV_Handler(void);
__attribute__((weak, alias("Default_Handler"))) void USART3_Handler(void);
__attribute__((weak, alias("Default_Handler"))) void EXTI15_10_Handler(void);

__attribute__((section(".vectors"), used)) const void *const vectors[16 + 150] = {
    [0] = &__stack_top,
    [1] = Reset_Handler,
    [2] = Default_Handler,
    [3 ... 6] = HardFault_Handler,
    [7 ... 13] = Default_Handler,
    [14] = PendSV_Handler,
    [15] = SysTick_Handler,
    [16 ... 16 + 38] = Default_Handler,
    [16 + 39] = USART3_Handler,
    [16 + 40] = EXTI15_10_Handler,
    [16 + 41 ... 16 + 149] = Default_Handler,
};

__attribute__((weak)) void SystemInit(void)
{
    SCB_VTOR = (uint32_t)(uintptr_t)vectors;
    SCB_CPACR |= 0xFu << 20;
    __DSB();
    __ISB();
}

void Reset_Handler(void)
{
    SystemInit();
    const uint32_t *from = &__data_load;
    for (uint32_t *to = &__data_start; to != &__data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = &__bss_start; to != &__bss_end; to++) {
        *to = 0;
    }
    main();
    for (;;)
        ;
}

void tick_start(void)
{
    SYST_RVR = 64000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
}

void delay(uint32_t ms)
{
    uint32_t start = ticks;

    while (ticks - start < ms)
        ;
}

void Error_Handler(void)
{
    __disable_irq();
    for (;;)
        ;
}
