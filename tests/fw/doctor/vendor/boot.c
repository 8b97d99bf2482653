/* SPDX-License-Identifier: MIT */
/*
 * Bootloaders as people write them with a vendor's library. One file; how it leaves is chosen by
 * defines (tests/fw/doctor/CMakeLists.txt lists the programs).
 */
#include "hal.h"

#ifdef WITH_RTOS
#include "rtos.h"
#endif

#ifndef APP
#ifdef CORE_CM7
#define APP 0x08020000u
#else
#define APP 0x08120000u
#endif
#endif

__attribute__((used)) int main(void); /* start-up code calls it from assembly */

#ifdef CORE_CM7
static void disable_clocks(void)
{
    for (unsigned n = AHB1; n < BUSES; n++) {
        RCC_ENR(n) = 0;
    }
}
#endif

#ifdef LEAVE_ASM
/* Both values in registers, the branch in assembly. */
__attribute__((naked, noreturn)) static void leave(uint32_t sp, uint32_t entry)
{
    __asm volatile("movs r2, #0\n msr control, r2\n isb\n msr msp, r0\n dsb\n isb\n bx r1\n");
}
#else
typedef void (*function)(void);

static function JumpToApplication;
#endif

struct image {
    uint32_t magic, size;
    const uint32_t *table;
};

static volatile struct image chosen = {0x1234, 0, (const uint32_t *)APP};

__attribute__((noreturn)) static void jump(void)
{
    const uint32_t *table = chosen.table; /* the address comes out of a structure in RAM */
#ifdef CHECKS
    while ((table[0] & 0x2FFE0000u) != 0x20000000u && (table[0] & 0xFFF00000u) != 0x24000000u) {
        HAL_UART_Transmit("no application\r\n");
    }
#endif
#ifndef LEAVE_DIRTY
    stop_tick();
    clear_interrupts();
    SCB_AIRCR = 0x05FA0000u;
    SCB_SCR = 0;
    SCB_CPACR = 0;
    SCB_VTOR = (uint32_t)(uintptr_t)table;
    barrier();
#endif
#ifdef LEAVE_MASKED
    cpsid();
#endif
#ifdef LEAVE_ASM
    leave(table[0], table[1]);
#else
    JumpToApplication = (function)(uintptr_t)table[1];
    __asm volatile("msr msp, %0" ::"r"(table[0]));
    JumpToApplication();
    for (;;)
        ;
#endif
}

static void tear_down(void)
{
#ifdef CORE_CM7
    HAL_UART_DeInit();
#ifdef RESET_ALL
    HAL_DeInit(); /* whatever the other core does with it */
#endif
#ifdef TICK_RESTARTED
    stop_tick();
    HAL_RCC_DeInit(); /* starts the tick again */
#elif defined WITH_CLOCK && !defined KEEP_CLOCKS
    HAL_RCC_DeInit();
#endif
#ifdef WITH_CACHES
    SCB_DisableCaches();
#endif
    disable_clocks();
#endif
}

#ifdef FROM_CALLBACK
static volatile uint32_t countdown = 20;
void SysTick_Handler(void);

/* "Time is up, start the application", right in the tick. */
void SysTick_Handler(void)
{
    HAL_IncTick();
    if (--countdown == 0) {
        tear_down();
        jump();
    }
}
#endif

#ifdef WITH_RTOS
static uint32_t stack[256] __attribute__((aligned(8)));

static void boot_task(void)
{
    os_delay(3);
#ifdef IN_CRITICAL
    os_lock();
#endif
    tear_down();
    jump();
}
#endif

int main(void)
{
    HAL_Init();
#ifdef WITH_CACHES
    SCB_EnableCaches();
#endif
#ifdef WITH_CLOCK
    SystemClock_Config();
#endif
#ifdef CORE_CM7
    MX_USART3_Init();
    HAL_UART_Transmit("bootloader\r\n");
#endif
#ifdef WITH_RTOS
    os_create(boot_task, stack, 256);
    os_start();
#else
    HAL_Delay(2);
#ifdef FROM_CALLBACK
    for (;;)
        ;
#else
    tear_down();
    jump();
#endif
#endif
}
