/* SPDX-License-Identifier: MIT */
#include "task.h"

#include "list.h"

StaticTask_t *volatile pxCurrentTCB;
static StaticTask_t *tasks;
static volatile TickType_t ticks;

static void idle(void *unused)
{
    (void)unused;
    for (;;) {
        __asm volatile("wfi");
    }
}

TaskHandle_t xTaskCreateStatic(TaskFunction_t code, const char *name, configSTACK_DEPTH_TYPE depth,
                               void *parameter, UBaseType_t priority, StackType_t *stack,
                               StaticTask_t *task)
{
    uint8_t *const bytes = (uint8_t *)stack;

    (void)name;
    if (!stack || !task) {
        return NULL;
    }
    for (size_t i = 0; i < depth * sizeof(StackType_t); i++) {
        bytes[i] = tskSTACK_FILL_BYTE;
    }
    task->stack = stack;
    task->priority = priority;
    task->wake = ticks;
    task->top = pxPortInitialiseStack(stack + depth, code, parameter);
    list_insert(&tasks, task);
    return task;
}

void vTaskStartScheduler(void)
{
    StaticTask_t *task = NULL;
    StackType_t *stack = NULL;
    configSTACK_DEPTH_TYPE depth = 0;

    vApplicationGetIdleTaskMemory(&task, &stack, &depth);
    (void)xTaskCreateStatic(idle, "IDLE", depth, NULL, tskIDLE_PRIORITY, stack, task);
    portDISABLE_INTERRUPTS(); /* the first task begins with them on */
    vTaskSwitchContext();
    (void)xPortStartScheduler();
}

BaseType_t xTaskIncrementTick(void)
{
    ticks++;
    return list_ready(tasks, ticks) != pxCurrentTCB ? pdTRUE : pdFALSE;
}

void vTaskSwitchContext(void)
{
    pxCurrentTCB = list_ready(tasks, ticks);
}

static void sleep_until(TickType_t wake)
{
    taskENTER_CRITICAL();
    pxCurrentTCB->wake = wake;
    taskEXIT_CRITICAL();
    portYIELD();
}

void vTaskDelay(TickType_t delay)
{
    sleep_until(ticks + delay);
}

void vTaskDelayUntil(TickType_t *previous, TickType_t increment)
{
    *previous += increment;
    sleep_until(*previous);
}

TickType_t xTaskGetTickCount(void)
{
    return ticks;
}

UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task)
{
    const uint8_t *const stack = (const uint8_t *)(task ? task : pxCurrentTCB)->stack;
    UBaseType_t untouched = 0;

    while (stack[untouched] == tskSTACK_FILL_BYTE) {
        untouched++;
    }
    return untouched / sizeof(StackType_t);
}
