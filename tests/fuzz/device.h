/* SPDX-License-Identifier: MIT */
/* One device of tests/txn that a fuzz target works on, and that is as it was for the next input. */
#ifndef TESTS_FUZZ_DEVICE_H
#define TESTS_FUZZ_DEVICE_H

#include <setjmp.h>

#include "tests/txn/world.h"

enum { SETS = 4 };

extern struct world w;

/* With these sets, the first of them installed. A broken invariant of the world is a finding. */
void device_make(const struct set_spec sets[SETS]);

/* Sets of which each core's image is one of two: whatever images are put together is one of these.
 */
extern const struct set_spec device_pairs[SETS];

/* Which set runs is not the question, but that it is one. */
void device_expect_any(void);

/* An input begins; and ends, with the device as it was when it began. */
void device_keep(void);
void device_return(void);

/* The next flash operation but n - 1 is cut: what it leaves is `outcome`, and the power is back at
 * device_power_up, which is set before. 0: none is. */
extern jmp_buf device_power_up;
void device_cut_at(uint64_t n, enum sim_outcome outcome);

/* Whatever has happened: with a flash that works the device comes to rest and takes an update. */
void device_ends_well(void);

#endif
