/* SPDX-License-Identifier: MIT */
/*
 * What a small RTOS makes a core do: a tick of 1 kHz, and two tasks on stacks of their own that
 * hand over to each other by PendSV, thousands of times in a second, and store meanwhile.
 */
#include "busy.h"

#include <stddef.h>

#define REG(addr)  (*(volatile uint32_t *)(addr))
#define SYST_CSR   REG(0xE000E010u)
#define SYST_RVR   REG(0xE000E014u)
#define ICSR       REG(0xE000ED04u)
#define VTOR       REG(0xE000ED08u)
#define SHPR3      REG(0xE000ED20u)
#define PENDSVSET  (1u << 28)
#define EXC_RETURN 0xFFFFFFFDu /* thread, process stack */

enum { TASKS = 2, STACK = 128, QUEUE = 16, WORK = 512, SAVED = 9, FRAME = 8 };

extern uint32_t stack_top[];

static uint32_t vectors[16] __attribute__((aligned(128)));
static uint32_t stacks[TASKS][STACK] __attribute__((aligned(8)));
static uint32_t *saved[TASKS];
static volatile uint32_t ticks, queue[QUEUE], rounds;
static unsigned running;

static void on_tick(void)
{
    ticks++;
}

uint32_t *switch_task(uint32_t *sp);
uint32_t *switch_task(uint32_t *sp)
{
    if (running < TASKS) {
        saved[running] = sp;
    }
    running = running + 1 < TASKS ? running + 1 : 0;
    return saved[running];
}

__attribute__((naked)) static void on_pendsv(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "stmdb r0!, {r4-r11, lr}\n"
                     "bl switch_task\n"
                     "ldmia r0!, {r4-r11, lr}\n"
                     "msr psp, r0\n"
                     "bx lr\n");
}

static void hand_over(void)
{
    ICSR = PENDSVSET;
    __asm__ volatile("dsb\n isb" ::: "memory");
}

__attribute__((noreturn)) static void produce(void)
{
    for (uint32_t n = 0;; n++) {
        for (unsigned i = 0; i < WORK; i++) {
            queue[i % QUEUE] = n * 2654435761u + i;
        }
        hand_over();
    }
}

__attribute__((noreturn)) static void consume(void)
{
    for (uint32_t sum = 0;;) {
        for (unsigned i = 0; i < WORK; i++) {
            sum += queue[i % QUEUE] ^ ticks;
        }
        *(volatile uint32_t *)stack_top = ++rounds;
        hand_over();
        __asm__ volatile("" ::"r"(sum));
    }
}

static void make_task(unsigned n, void (*entry)(void))
{
    uint32_t *sp = &stacks[n][STACK - FRAME - SAVED];

    sp[SAVED - 1] = EXC_RETURN;
    sp[SAVED + 6] = (uint32_t)(uintptr_t)entry;
    sp[SAVED + 7] = 1u << 24; /* Thumb */
    saved[n] = sp;
}

void busy_round(uint32_t round)
{
    (void)round;
    const uint32_t *old = (const uint32_t *)(uintptr_t)VTOR;
    for (unsigned i = 0; i < 14; i++) {
        vectors[i] = old[i];
    }
    vectors[14] = (uint32_t)(uintptr_t)on_pendsv;
    vectors[15] = (uint32_t)(uintptr_t)on_tick;
    VTOR = (uint32_t)(uintptr_t)vectors;
    SHPR3 = 0xFFF00000u; /* both lowest */
    make_task(0, produce);
    make_task(1, consume);
    running = TASKS; /* none: what the first switch saves is lost */
    SYST_RVR = 64000 - 1;
    SYST_CSR = 7;
    __asm__ volatile("msr psp, %0" ::"r"(&stacks[1][STACK / 2]));
    hand_over();
    for (;;) {
    }
}
