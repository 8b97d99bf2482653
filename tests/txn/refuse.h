/* SPDX-License-Identifier: MIT */
/*
 * Refuses every flash operation of what a device does, in every way and for every length of time,
 * one device for each; what comes after can be cut as well.
 *
 * A refused operation does not end the power cycle, so a device cannot be set up in a nested call
 * as for a cut: what it does is done again from its beginning for each refusal.
 *
 * While the fault is there: what runs is one whole set that was verified and is not below the
 * security counter; recovery only with a true reason; nothing goes on without an end. When it is
 * gone, the next update goes through.
 */
#ifndef TESTS_TXN_REFUSE_H
#define TESTS_TXN_REFUSE_H

#include "tests/txn/explore.h"

struct refused_scenario {
    const char *name;
    void (*set_up)(struct world *w);
    /* Tolerant: calls may fail when an operation was refused. */
    void (*act)(struct world *w);
};

#define REFUSED_SCENARIOS 8u
extern const struct refused_scenario refused_scenarios[REFUSED_SCENARIOS];

struct refusals {
    uint64_t tried; /* devices with a fault */
    unsigned step;  /* each step-th operation is refused; 1: all */
};

/* In a world with its sets and a blank flash. */
void refuse(struct explorer *e, const struct refused_scenario *s, struct refusals *refusals);

#endif
