/* SPDX-License-Identifier: MIT */
/* All tasks, the highest priority first. */
#ifndef LIST_H
#define LIST_H

#include "FreeRTOS.h"

/* Puts a task after those of its priority. */
void list_insert(StaticTask_t **first, StaticTask_t *task);

/* The first task that does not sleep. There is always one: the idle task. */
StaticTask_t *list_ready(StaticTask_t *first, TickType_t now);

#endif
