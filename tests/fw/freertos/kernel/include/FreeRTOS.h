/* SPDX-License-Identifier: MIT */
/*
 * A small preemptive kernel for the tests, with the part of FreeRTOS' API that examples/freertos
 * uses and in the same files, so the example builds with either. Own code. As there: tasks on the
 * process stack, the first one entered by SVC, switches by PendSV, critical sections by BASEPRI.
 */
#ifndef FREERTOS_H
#define FREERTOS_H

#include <stddef.h>
#include <stdint.h>

#include "FreeRTOSConfig.h"
#include "portmacro.h"

#define pdFALSE ((BaseType_t)0)
#define pdTRUE  ((BaseType_t)1)

typedef void (*TaskFunction_t)(void *parameter);

/* A task; the port's assembly knows that `top` comes first. */
typedef struct task {
    volatile StackType_t *top;
    struct task *next; /* of lower or equal priority */
    StackType_t *stack;
    TickType_t wake;
    UBaseType_t priority;
} StaticTask_t;

#endif
