/* SPDX-License-Identifier: MIT */
/* FreeRTOS on either core: preemptive, 1 kHz, no heap. https://www.freertos.org has each option. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configCPU_CLOCK_HZ      64000000u /* after reset both cores run from HSI */
#define configTICK_RATE_HZ      1000
#define configUSE_16_BIT_TICKS  0
#define configUSE_PREEMPTION    1
#define configIDLE_SHOULD_YIELD 1
#define configMAX_PRIORITIES    4
#define configMAX_TASK_NAME_LEN 8

/* In words of 4 bytes: a switch saves up to 204 bytes on the task's own stack. */
#define configMINIMAL_STACK_SIZE 128
#define configSTACK_DEPTH_TYPE   uint32_t

#define configSUPPORT_STATIC_ALLOCATION  1
#define configSUPPORT_DYNAMIC_ALLOCATION 0

#define configUSE_IDLE_HOOK 0
#define configUSE_TICK_HOOK 0

#define INCLUDE_vTaskDelay                  1
#define INCLUDE_vTaskDelayUntil             1
#define INCLUDE_uxTaskGetStackHighWaterMark 1

/* The chip has 4 bits of priority (RM0399, NVIC). Interrupts above 5 call nothing of the kernel and
 * are never masked by it. */
#define configPRIO_BITS                      4
#define configKERNEL_INTERRUPT_PRIORITY      (15 << (8 - configPRIO_BITS))
#define configMAX_SYSCALL_INTERRUPT_PRIORITY (5 << (8 - configPRIO_BITS))

/* The kernel's handlers have the names of the vector table. */
#define vPortSVCHandler     SVC_Handler
#define xPortPendSVHandler  PendSV_Handler
#define xPortSysTickHandler SysTick_Handler

#define configASSERT(condition)                                                                    \
    if (!(condition)) {                                                                            \
        portDISABLE_INTERRUPTS();                                                                  \
        for (;;) {                                                                                 \
        }                                                                                          \
    }

#endif
