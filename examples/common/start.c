/* SPDX-License-Identifier: MIT */
/*
 * Vector table and reset code of an application behind duoboot. Nothing here knows the bootloader:
 * the same code starts after a plain reset at another address.
 */
#include "examples/common/start.h"

#include "chip/stm32h7/regs.h"
#include "duo/ram.h"
#include "port/stm32h7/cpu.h"

extern uint32_t __stack_top, __data_load, __data_start, __data_end, __bss_start, __bss_end;

void reset_handler(void);

__attribute__((weak)) void fault_handler(void)
{
    for (;;) {
        cpu_wfi();
    }
}

__attribute__((weak)) void systick_handler(void)
{
    fault_handler();
}

__attribute__((weak)) void usart3_handler(void)
{
    fault_handler();
}

__attribute__((weak)) void hsem_handler(void)
{
    fault_handler();
}

__attribute__((weak)) void otg_fs_handler(void)
{
    fault_handler();
}

/* Every one of the 166 entries is filled: an interrupt nobody expects must not fetch junk. */
__attribute__((section(".vectors"), used)) const void *const vectors[16 + IRQ_COUNT] = {
    [0] = &__stack_top,
    [1] = reset_handler,
    [2 ... 14] = fault_handler,
    [15] = systick_handler,
    [16 ... 16 + IRQ_USART3 - 1] = fault_handler,
    [16 + IRQ_USART3] = usart3_handler,
    [16 + IRQ_USART3 + 1 ... 16 + IRQ_OTG_FS - 1] = fault_handler,
    [16 + IRQ_OTG_FS] = otg_fs_handler,
    [16 + IRQ_OTG_FS + 1 ... 16 + IRQ_HSEM_CM7 - 1] = fault_handler,
    [16 + IRQ_HSEM_CM7] = hsem_handler,
    [16 + IRQ_HSEM_CM4] = hsem_handler,
    [16 + IRQ_HSEM_CM4 + 1 ... 16 + IRQ_COUNT - 1] = fault_handler,
};

static void copy_data(void)
{
    const uint32_t *from = &__data_load;

    for (uint32_t *to = &__data_start; to != &__data_end; to++) {
        *to = *from++;
    }
}

static void clear_bss(void)
{
    for (uint32_t *to = &__bss_start; to != &__bss_end; to++) {
        *to = 0;
    }
}

void reset_handler(void)
{
    REG(SCS, VTOR) =
        (uint32_t)(uintptr_t)vectors; /* the bootloader has set it; a debugger has not */
    REG(SCS, CPACR) = SCS_CPACR_CP10_CP11;
    cpu_dsb();
    cpu_isb();
    duo_ram_start();
    copy_data();
    clear_bss();
    main();
    fault_handler();
}
