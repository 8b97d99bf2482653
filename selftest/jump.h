/* SPDX-License-Identifier: MIT */
/* What both cores compare in the same way. */
#ifndef SELFTEST_JUMP_H
#define SELFTEST_JUMP_H

#include "selftest/ask.h"

#define JUMP_M7_BASE 0x08020000u /* layouts/exchange.h */
#define JUMP_M4_BASE 0x08120000u

struct entry {
    const char *name;
    uint32_t address, mask, expected;
};

/* The core's own registers (PM0253, PM0214). */
extern const struct entry of_the_core[];
extern const unsigned core_entries;

void seen_at(const struct entry *entry);

/* PRIMASK, FAULTMASK, BASEPRI and CONTROL, a byte each. */
uint32_t masks_and_control(void);

#endif
