/* SPDX-License-Identifier: MIT */
/* Cortex-M4F, and Cortex-M7 from r1p0 on. PM0214 and PM0253: SysTick, SCB; B1.5 of the ARMv7-M
 * manual. */
#include "task.h"

#define SYST_CSR  (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR  (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR  (*(volatile uint32_t *)0xE000E018u)
#define SCB_SHPR3 (*(volatile uint32_t *)0xE000ED20u)
#define FPCCR     (*(volatile uint32_t *)0xE000EF34u)

#define SYST_RUN       7u /* this core's clock, interrupt, enable */
#define FPCCR_LAZY     (3u << 30)
#define XPSR_THUMB     (1u << 24)
#define RETURN_TO_TASK 0xFFFFFFFDu /* thread mode, process stack, no FPU registers */

static uint32_t nesting;

void vPortSVCHandler(void);
void xPortPendSVHandler(void);
void xPortSysTickHandler(void);

/* A task ends only by mistake. */
static void task_ended(void)
{
    portDISABLE_INTERRUPTS();
    for (;;) {
    }
}

/* What PendSV takes from a stack: R4 to R11 and LR, then what the core itself takes. */
StackType_t *pxPortInitialiseStack(StackType_t *top, void (*code)(void *), void *parameter)
{
    top = (StackType_t *)((uintptr_t)top & ~(uintptr_t)7);
    *--top = XPSR_THUMB;
    *--top = (uint32_t)(uintptr_t)code & ~1u;
    *--top = (uint32_t)(uintptr_t)task_ended;
    for (unsigned i = 0; i < 4; i++) { /* R12, R3, R2, R1 */
        *--top = 0;
    }
    *--top = (uint32_t)(uintptr_t)parameter;
    *--top = RETURN_TO_TASK;
    for (unsigned i = 0; i < 8; i++) {
        *--top = 0;
    }
    return top;
}

void vPortEnterCritical(void)
{
    portDISABLE_INTERRUPTS();
    nesting++;
}

void vPortExitCritical(void)
{
    if (--nesting == 0) {
        portENABLE_INTERRUPTS();
    }
}

void xPortSysTickHandler(void)
{
    portDISABLE_INTERRUPTS();
    if (xTaskIncrementTick() != pdFALSE) {
        portNVIC_ICSR = portICSR_PENDSVSET;
    }
    portENABLE_INTERRUPTS();
}

__attribute__((naked)) void vPortSVCHandler(void)
{
    __asm volatile("ldr r3, =pxCurrentTCB\n ldr r1, [r3]\n ldr r0, [r1]\n"
                   "ldmia r0!, {r4-r11, r14}\n msr psp, r0\n isb\n"
                   "mov r0, #0\n msr basepri, r0\n bx r14\n .ltorg\n");
}

__attribute__((naked)) void xPortPendSVHandler(void)
{
    __asm volatile(
        "mrs r0, psp\n isb\n ldr r3, =pxCurrentTCB\n ldr r2, [r3]\n"
        "tst r14, #0x10\n it eq\n vstmdbeq r0!, {s16-s31}\n"
        "stmdb r0!, {r4-r11, r14}\n str r0, [r2]\n"
        "stmdb sp!, {r0, r3}\n mov r0, %0\n msr basepri, r0\n dsb\n isb\n"
        "bl vTaskSwitchContext\n mov r0, #0\n msr basepri, r0\n ldmia sp!, {r0, r3}\n"
        "ldr r1, [r3]\n ldr r0, [r1]\n ldmia r0!, {r4-r11, r14}\n"
        "tst r14, #0x10\n it eq\n vldmiaeq r0!, {s16-s31}\n"
        "msr psp, r0\n isb\n bx r14\n .ltorg\n" ::"i"(configMAX_SYSCALL_INTERRUPT_PRIORITY));
}

/* The main stack begins again at its top, for interrupts; SVC enters the first task. */
__attribute__((naked)) static void first_task(void)
{
    __asm volatile("ldr r0, =0xE000ED08\n ldr r0, [r0]\n ldr r0, [r0]\n msr msp, r0\n"
                   "mov r0, #0\n msr control, r0\n cpsie i\n cpsie f\n dsb\n isb\n"
                   "msr basepri, r0\n isb\n svc 0\n nop\n .ltorg\n");
}

BaseType_t xPortStartScheduler(void)
{
    SCB_SHPR3 |= (uint32_t)configKERNEL_INTERRUPT_PRIORITY << 24 |
                 (uint32_t)configKERNEL_INTERRUPT_PRIORITY << 16;
    SYST_CVR = 0;
    SYST_RVR = configCPU_CLOCK_HZ / configTICK_RATE_HZ - 1u;
    SYST_CSR = SYST_RUN;
    FPCCR |= FPCCR_LAZY;
    first_task();
    return 0;
}
