/* SPDX-License-Identifier: MIT */
#ifndef INC_TASK_H
#define INC_TASK_H

#include "FreeRTOS.h"

typedef StaticTask_t *TaskHandle_t;

#define tskIDLE_PRIORITY     ((UBaseType_t)0)
#define tskSTACK_FILL_BYTE   0xA5u
#define taskENTER_CRITICAL() vPortEnterCritical()
#define taskEXIT_CRITICAL()  vPortExitCritical()

/* `depth` in words. NULL when stack or memory are missing. */
TaskHandle_t xTaskCreateStatic(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE depth,
                               void *parameter, UBaseType_t priority, StackType_t *stack,
                               StaticTask_t *task);
void vTaskStartScheduler(void);
void vTaskDelay(TickType_t ticks);
void vTaskDelayUntil(TickType_t *previous, TickType_t increment);
TickType_t xTaskGetTickCount(void);
/* Words of the stack that were never used. NULL: the task that asks. */
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task);

/* The application's. */
void vApplicationGetIdleTaskMemory(StaticTask_t **task, StackType_t **stack,
                                   configSTACK_DEPTH_TYPE *words);

/* For the port. The tick returns pdTRUE when another task may have to run. */
BaseType_t xTaskIncrementTick(void);
void vTaskSwitchContext(void);
extern StaticTask_t *volatile pxCurrentTCB;

#endif
