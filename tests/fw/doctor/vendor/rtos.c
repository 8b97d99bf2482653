/* SPDX-License-Identifier: MIT */
#include "rtos.h"

#include "hal.h"

#define TASKS       4
#define MAX_SYSCALL 0x50

struct task {
    uint32_t *sp; /* first: used by PendSV */
    uint32_t wake;
};

struct task *os_current;
static struct task tasks[TASKS + 1];
static unsigned ntasks;
static uint32_t nesting;
static volatile bool started;
static uint32_t idle_stack[64] __attribute__((aligned(8)));

void SVC_Handler(void);
void PendSV_Handler(void);
void SysTick_Handler(void);
void os_next(void);

static void idle(void)
{
    for (;;) {
        __asm volatile("wfi");
    }
}

static void add(struct task *t, void (*entry)(void), uint32_t *stack, unsigned words)
{
    uint32_t *sp = stack + words;

    *--sp = 1u << 24;
    *--sp = (uint32_t)(uintptr_t)entry;
    for (unsigned i = 0; i < 6; i++) {
        *--sp = 0;
    }
    *--sp = 0xFFFFFFFDu; /* EXC_RETURN without FP context */
    for (unsigned i = 0; i < 8; i++) {
        *--sp = 0;
    }
    t->sp = sp;
}

void os_create(void (*entry)(void), uint32_t *stack, unsigned words)
{
    for (unsigned i = 0; i < words; i++) {
        stack[i] = 0xA5A5A5A5u;
    }
    add(&tasks[ntasks++], entry, stack, words);
}

__attribute__((used)) void os_next(void)
{
    for (unsigned i = 0; i <= ntasks; i++) {
        struct task *t = &tasks[i];
        if (i == ntasks || (int32_t)(HAL_GetTick() - t->wake) >= 0) {
            os_current = t;
            return;
        }
    }
}

void os_lock(void)
{
    __asm volatile("msr basepri, %0\n isb" ::"r"(MAX_SYSCALL) : "memory");
    nesting++;
}

void os_unlock(void)
{
    if (--nesting == 0) {
        __asm volatile("msr basepri, %0" ::"r"(0) : "memory");
    }
}

void os_delay(uint32_t ms)
{
    os_lock();
    os_current->wake = HAL_GetTick() + ms;
    SCB_ICSR = 1u << 28;
    os_unlock();
    barrier();
}

void SysTick_Handler(void)
{
    __asm volatile("msr basepri, %0\n isb" ::"r"(MAX_SYSCALL) : "memory");
    HAL_IncTick();
    if (started) {
        SCB_ICSR = 1u << 28;
    }
    __asm volatile("msr basepri, %0" ::"r"(0) : "memory");
}

__attribute__((naked)) void SVC_Handler(void)
{
    __asm volatile("ldr r3, =os_current\n ldr r1, [r3]\n ldr r0, [r1]\n"
                   "ldmia r0!, {r4-r11, r14}\n msr psp, r0\n isb\n"
                   "mov r0, #0\n msr basepri, r0\n bx r14\n");
}

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm volatile("mrs r0, psp\n isb\n ldr r3, =os_current\n ldr r2, [r3]\n"
                   "tst r14, #0x10\n it eq\n vstmdbeq r0!, {s16-s31}\n"
                   "stmdb r0!, {r4-r11, r14}\n str r0, [r2]\n"
                   "stmdb sp!, {r0, r3}\n mov r0, #0x50\n msr basepri, r0\n dsb\n isb\n"
                   "bl os_next\n mov r0, #0\n msr basepri, r0\n ldmia sp!, {r0, r3}\n"
                   "ldr r1, [r3]\n ldr r0, [r1]\n ldmia r0!, {r4-r11, r14}\n"
                   "tst r14, #0x10\n it eq\n vldmiaeq r0!, {s16-s31}\n"
                   "msr psp, r0\n isb\n bx r14\n");
}

/* The main stack begins again at its top, then SVC enters the first task. */
__attribute__((naked)) static void first_task(void)
{
    __asm volatile("ldr r0, =0xE000ED08\n ldr r0, [r0]\n ldr r0, [r0]\n msr msp, r0\n"
                   "mov r0, #0\n msr control, r0\n cpsie i\n cpsie f\n dsb\n isb\n svc 0\n nop\n");
}

void os_start(void)
{
    add(&tasks[ntasks], idle, idle_stack, 64);
    SCB_SHPR3 = 0xFFFF0000u;
    SYST_RVR = SystemCoreClock / 1000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    os_current = &tasks[0];
    cpsid(); /* first_task() enables them */
    started = true;
    first_task();
    for (;;)
        ;
}
