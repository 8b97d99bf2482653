/* SPDX-License-Identifier: MIT */
/*
 * States in which a core gets nowhere: faults without an end, exceptions that follow one another,
 * waits that end at once. The number of the state is a word in flash, so that one program serves
 * for all. A core whose word is blank sleeps.
 */
#include <stdint.h>

#define STATE       (*(volatile uint32_t *)((uint32_t)(uintptr_t)table + 0x10000))
#define SCB(off)    (*(volatile uint32_t *)(0xe000e000u + (off)))
#define ICSR        SCB(0xd04)
#define VTOR        SCB(0xd08)
#define AIRCR       SCB(0xd0c)
#define PENDSVSET   (1u << 28)
#define SYSRESETREQ 0x05fa0004u
#define BLANK_FLASH 0x08040000u
#define ENTRIES     16

extern uint32_t stack_top[];
void reset_handler(void);

static void stop(void)
{
    for (;;) {
    }
}

static void pend_again(void)
{
    ICSR = PENDSVSET;
}

typedef void (*entry)(void);
__attribute__((section(".vectors"), used, aligned(128))) static entry const table[ENTRIES] = {
    (entry)(uintptr_t)stack_top, reset_handler, stop, stop, stop, stop, stop};

__attribute__((aligned(128))) static uint32_t own[ENTRIES];

/* A table in RAM whose vectors are all the same, and an exception taken through it. */
static void take(uint32_t vector)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        own[i] = vector;
    }
    VTOR = (uint32_t)(uintptr_t)own;
    __asm__ volatile("dsb\n svc #0" : : : "memory");
}

static void stack_nowhere(void)
{
    __asm__ volatile("msr msp, %0\n svc #0" : : "r"(0xa0001000u) : "memory");
}

static void storm(void)
{
    own[14] = (uint32_t)(uintptr_t)pend_again;
    VTOR = (uint32_t)(uintptr_t)own;
    pend_again();
    stop();
}

/* With PRIMASK set and something pending, WFI never waits. */
static void wfi_pending(void)
{
    __asm__ volatile("cpsid i");
    pend_again();
    for (;;) {
        __asm__ volatile("wfi");
    }
}

static void wfe_event(void)
{
    for (;;) {
        __asm__ volatile("sev\n wfe");
    }
}

static void sleep_forever(void)
{
    for (;;) {
        __asm__ volatile("wfi");
    }
}

static void run_state(uint32_t state)
{
    static const uint32_t vectors[] = {
        0xffffffffu,     /* 0: blank; looks like an EXC_RETURN value */
        0xfffffff9u,     /* 1: an EXC_RETURN value */
        0x08000400u,     /* 2: even */
        0x40000001u,     /* 3: device memory, execute never */
        0xe000e001u,     /* 4: the private peripheral bus */
        0x60000001u,     /* 5: reserved, executable by the default memory map */
        BLANK_FLASH + 1, /* 6: blank flash: undefined instructions */
        0x00000000u,     /* 7 */
    };

    static void (*const states[])(void) = {stop,      storm,         wfi_pending,
                                           wfe_event, stack_nowhere, sleep_forever};

    if (state < sizeof(vectors) / sizeof(vectors[0])) {
        take(vectors[state]);
    }
    if (state == 8) {
        VTOR = BLANK_FLASH;
        __asm__ volatile("dsb\n svc #0" : : : "memory");
    }
    if (state == 9) {
        AIRCR = SYSRESETREQ;
    }
    if (state >= 10 && state < 10 + sizeof(states) / sizeof(states[0])) {
        states[state - 10]();
    }
}

__attribute__((noreturn)) void reset_handler(void)
{
    run_state(STATE);
    for (;;) {
        sleep_forever();
    }
}
