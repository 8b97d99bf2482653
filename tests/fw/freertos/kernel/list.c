/* SPDX-License-Identifier: MIT */
#include "list.h"

void list_insert(StaticTask_t **first, StaticTask_t *task)
{
    while (*first && (*first)->priority >= task->priority) {
        first = &(*first)->next;
    }
    task->next = *first;
    *first = task;
}

StaticTask_t *list_ready(StaticTask_t *first, TickType_t now)
{
    while ((int32_t)(now - first->wake) < 0) {
        first = first->next;
    }
    return first;
}
