/* SPDX-License-Identifier: MIT */
/*
 * The M4 bootloader: wait in RAM until the M7 opens the gate, check what it says, start it.
 */
#ifndef DUO_PARK_H
#define DUO_PARK_H

#include "duo/gate.h"
#include "port/stm32h7/cpu.h"

/* Runs from RAM with the stack empty; never returns. */
_Noreturn void park(void);

#endif
