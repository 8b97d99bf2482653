/* SPDX-License-Identifier: MIT */
/*
 * Faults of the bootloader itself. They are recorded, reported on the serial line, and end in a
 * reset; the next boot finds the record and goes to recovery instead of running into it again.
 */
#ifndef DUO_BOOT_FAULT_H
#define DUO_BOOT_FAULT_H

#include <stdbool.h>
#include <stdint.h>

struct fault_record {
    uint32_t magic;
    uint32_t count; /* faults in a row, this one included */
    uint32_t exception;
    uint32_t pc;
    uint32_t lr;
    uint32_t cfsr;
    uint32_t hfsr;
    uint32_t address; /* of the access that failed, where the core knows it; else 0 */
    uint32_t check;
};

/* Every vector that nobody expects. Never returns. */
void fault_entry(void);

/* The record of the fault that ended the last boot; NULL if it did not end in one. */
const struct fault_record *fault_last(void);

/* Forgets it: the bootloader got to a point where the fault can do no harm. */
void fault_forget(void);

#endif
