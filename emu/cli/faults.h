/* SPDX-License-Identifier: MIT */
/* Fault registers in words. */
#ifndef EMU_CLI_FAULTS_H
#define EMU_CLI_FAULTS_H

#include <stddef.h>
#include <stdint.h>

struct core;

struct fault_state {
    uint32_t cfsr, hfsr, mmfar, bfar;
};

struct fault_state fault_state(const struct core *c);
/* "UsageFault: INVSTATE (branch to an address with bit 0 clear, or a bad vector); ..." into buf. */
const char *fault_words(const struct fault_state *f, char *buf, size_t size);
/* "HardFault", "BusFault", "IRQ 39", ... by exception number; static or in buf. */
const char *exception_name(unsigned number, char *buf, size_t size);

#endif
