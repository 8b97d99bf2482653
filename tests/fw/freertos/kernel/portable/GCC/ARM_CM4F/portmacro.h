/* SPDX-License-Identifier: MIT */
#ifndef PORTMACRO_H
#define PORTMACRO_H

#include <stdint.h>

typedef uint32_t StackType_t;
typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t;

#define portMAX_DELAY ((TickType_t)0xFFFFFFFFu)

#define portNVIC_ICSR       (*(volatile uint32_t *)0xE000ED04u)
#define portICSR_PENDSVSET  (1u << 28)
#define portBARRIER()       __asm volatile("dsb\n isb" ::: "memory")
#define portSET_BASEPRI(to) __asm volatile("msr basepri, %0\n isb\n dsb" ::"r"(to) : "memory")

#define portDISABLE_INTERRUPTS() portSET_BASEPRI(configMAX_SYSCALL_INTERRUPT_PRIORITY)
#define portENABLE_INTERRUPTS()  portSET_BASEPRI(0)
#define portYIELD()                                                                                \
    do {                                                                                           \
        portNVIC_ICSR = portICSR_PENDSVSET;                                                        \
        portBARRIER();                                                                             \
    } while (0)

void vPortEnterCritical(void);
void vPortExitCritical(void);
StackType_t *pxPortInitialiseStack(StackType_t *top, void (*code)(void *), void *parameter);
BaseType_t xPortStartScheduler(void);

#endif
