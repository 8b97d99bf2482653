/* SPDX-License-Identifier: MIT */
#ifndef SYSTEM_STM32H7XX_H
#define SYSTEM_STM32H7XX_H

#include <stdint.h>

extern uint32_t SystemCoreClock;
extern uint32_t SystemD2Clock;

void SystemInit(void);
void ExitRun0Mode(void);

#endif
