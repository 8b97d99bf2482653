/* SPDX-License-Identifier: MIT */
/* Applications as generated projects have them. One file; defines choose (CMakeLists.txt). */
#include "hal.h"

#ifdef WITH_RTOS
#include "rtos.h"
#endif

__attribute__((used)) int main(void); /* start-up code calls it from assembly */

volatile uint32_t beats;
volatile float level = 1.0f;
static uint32_t table_of_values[16] = {1, 2, 3, 4, 5, 6, 7, 8};

#ifdef CORE_CM7
#define LED 0
#else
#define LED 14
#endif

#ifdef MAINTAINED
#define TO_M4   0x38000100u
#define FROM_M4 0x38000140u

/* Cached shared memory with maintenance by address: cleaned after writing, and looked at before it
 * is invalidated for the next time. The M4 polls meanwhile. */
static void exchange(void)
{
#ifdef CORE_CM7
    REG(TO_M4) = beats;
    for (volatile uint32_t i = 0; i < 2000; i++) /* the rest of the message */
        ;
    REG(0xE000EF68) = TO_M4; /* DCCMVAC */
    barrier();
    beats += REG(FROM_M4) & 1;
    for (volatile uint32_t i = 0; i < 2000; i++)
        ;
    REG(0xE000EF5C) = FROM_M4; /* DCIMVAC */
    barrier();
#else
    for (unsigned i = 0; i < 20000; i++) {
        beats += REG(TO_M4) & 1;
    }
    REG(FROM_M4) = beats;
#endif
}
#endif

static void work(void)
{
#ifdef MAINTAINED
    exchange();
#endif
    beats += table_of_values[beats & 7] & 1;
    level = level * 0.5f + 0.25f;
    LED_Toggle(LED);
#ifdef WITH_UART
    HAL_UART_Transmit("beat\r\n");
#endif
#ifdef FEED
    REG(0x58004800) = 0xAAAA;
#endif
}

#ifdef WITH_RTOS
static uint32_t stack1[256] __attribute__((aligned(8))), stack2[256] __attribute__((aligned(8)));

static void task1(void)
{
    for (;;) {
        work();
        os_delay(10);
    }
}

static void task2(void)
{
    for (;;) {
        os_lock();
        beats++;
        os_unlock();
        level += 0.125f;
        os_delay(1);
    }
}
#endif

#ifdef RAM_TABLE
extern const uint32_t *const vector_table[];
#ifndef TABLE_ALIGN
#define TABLE_ALIGN 1024
#endif
static uint32_t ram_table[512 + 256] __attribute__((aligned(1024)));
#define TABLE (&ram_table[TABLE_ALIGN == 1024 ? 0 : TABLE_ALIGN / 4])

static void copy_table(void)
{
    for (unsigned i = 0; i < 166; i++) {
        TABLE[i] = (uint32_t)(uintptr_t)vector_table[i];
    }
    SCB_VTOR = (uint32_t)(uintptr_t)TABLE;
    barrier();
}
#endif

#ifdef LAZY_FPU
void HardFault_Handler(void);

/* Switches the FPU on when it is first used; the instruction is then repeated. */
void HardFault_Handler(void)
{
    SCB_CPACR |= 0xFu << 20;
    REG(0xE000ED28) = REG(0xE000ED28);
    barrier();
}
#endif

#if defined OLD_ERROR || defined BLINK_ERROR
/* As older generators wrote it: interrupts stay on; or with a lamp. */
void Error_Handler(void)
{
#ifdef BLINK_ERROR
    LED_Init(LED);
    cpsid();
#endif
    for (;;) {
#ifdef BLINK_ERROR
        LED_Toggle(LED);
        for (volatile uint32_t i = 0; i < 100000; i++)
            ;
#endif
    }
}
#endif

#ifdef ERASE_OWN
/* Settings in the last sector of the bank that this code runs from. */
static void erase_settings(void)
{
    REG(0x52002004) = 0x45670123;
    REG(0x52002004) = 0xCDEF89AB;
    REG(0x5200200C) = 3u << 4 | 1u << 2 | 7u << 8 | 1u << 7;
    while (REG(0x52002010) & 1u << 2)
        ;
    REG(0x5200200C) = 1;
}
#endif

static void start(void)
{
#ifdef RESET_ONCE /* begins again from a clean reset, as it finds in RCC_RSR */
    if (!(REG(0x580244D0) & 1u << 24)) {
        SCB_AIRCR = 0x05FA0004u;
    }
#endif
#ifdef EXIT_MASKED
    cpsie();
#endif
#ifdef RAM_TABLE
    copy_table();
#endif
#ifdef WITH_CACHES
#ifndef MAINTAINED
    MPU_Config();
#endif
    SCB_EnableCaches();
#endif
#ifdef HANDSHAKE
#ifdef CORE_CM7
    Wait_CPU2_Stopped();
#else
    Stop_Until_Woken();
#endif
#endif
    HAL_Init();
#ifdef WITH_CLOCK
    SystemClock_Config();
#endif
#if defined HANDSHAKE && defined CORE_CM4
    SystemCoreClock = 200000000; /* as the M7 has set it meanwhile */
    HAL_Init();
#endif
#ifdef SETTLE
    HAL_Delay(20); /* this M4 waits in the handshake meanwhile */
#endif
#if defined HANDSHAKE && defined CORE_CM7
    Wake_CPU2();
#endif
#ifdef FEED
    REG(0x58004800) = 0xCCCC;
    REG(0x58004800) = 0x5555;
    REG(0x58004804) = 2;
    REG(0x58004808) = 400;
    REG(0x58004800) = 0xAAAA;
#endif
    LED_Init(LED);
#ifdef WITH_UART
    MX_USART3_Init();
#endif
#ifdef LAZY_FPU
    SCB_CPACR = 0;
    barrier();
#endif
#ifdef ERASE_OWN
    erase_settings();
#endif
#ifdef ENABLES
    NVIC_ISER[ENABLES / 32] = 1u << ENABLES % 32;
#endif
#ifdef WINDOW_WATCHDOG
    RCC_ENR(APB3) |= 1u << 6;
    (void)RCC_ENR(APB3);
#ifndef CORE_ALONE
    REG(0x58024400 + 0xA0) |= 1; /* GCR.WW1RSC: resets the system */
#endif
    REG(0x50003004) = 0x7Fu | 7u << 11;
    REG(0x50003000) = 0xC8; /* 9 ticks of 8 ms */
#endif
#ifdef WINDOW_WATCHDOG_M4
    REG(0x58024400 + 0xE8) |= 1u << 11;
    (void)REG(0x58024400 + 0xE8);
    REG(0x40002C00 + 4) = 0x7Fu | 7u << 11; /* GCR.WW2RSC as after reset: resets the M4 alone */
    REG(0x40002C00) = 0xC8;
#endif
#ifdef BREAKPOINT
    __asm volatile("bkpt 0xAB");
#endif
#ifdef SEMAPHORE
    RCC_ENR(AHB4) |= 1u << 25;
    (void)RCC_ENR(AHB4);
    while (HSEM_RLR(9) != (0x80000000u | SEMAPHORE << 8))
        ;
#ifndef KEEP_SEMAPHORE
    HSEM_R(9) = SEMAPHORE << 8;
#endif
#endif
}

int main(void)
{
    start();
#ifdef WITH_RTOS
    os_create(task1, stack1, 256);
    os_create(task2, stack2, 256);
    os_start();
#else
    for (;;) {
        work();
#ifdef RESETS
        SCB_AIRCR = 0x05FA0004u;
#endif
#ifdef SLEEPS
        for (uint32_t until = HAL_GetTick() + 10; HAL_GetTick() != until;) {
            __asm volatile("wfi");
        }
#else
        HAL_Delay(10);
#endif
    }
#endif
}
