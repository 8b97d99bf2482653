/* SPDX-License-Identifier: MIT */
/* A small preemptive kernel in the manner of the usual ones: tasks on the process stack, first task
 * by SVC, switches by PendSV, critical sections by BASEPRI. */
#ifndef VENDOR_RTOS_H
#define VENDOR_RTOS_H

#include <stdint.h>

void os_create(void (*entry)(void), uint32_t *stack, unsigned words);
__attribute__((noreturn)) void os_start(void);
void os_delay(uint32_t ms);
void os_lock(void);
void os_unlock(void);

#endif
