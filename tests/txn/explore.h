/* SPDX-License-Identifier: MIT */
/*
 * Cuts every flash operation of what a device does with every outcome, and every operation of what
 * follows again, as deep as asked for; equal states of the flash are looked at once.
 *
 * The cut is made where the operation begins: the simulation calls back, the flash as it would be
 * after the cut is set up, a new device boots from it in a nested call, and then everything is put
 * back and goes on.
 *
 * A state is equal to another if all is equal that the rest depends on: the flash, the promises
 * made, how far the device has come and what it may still need. It is asked for after each cut and
 * before each power cycle.
 */
#ifndef TESTS_TXN_EXPLORE_H
#define TESTS_TXN_EXPLORE_H

#include <stddef.h>

#include "tests/txn/world.h"

#define DEPTH_MAX 5u

struct seen {
    uint64_t *keys;
    size_t size, used;
};

/* What a device is doing after a cut: while it comes to rest its operations are cut in turn. */
enum errand { ERRAND_REST, ERRAND_MEND, ERRAND_DETOUR, ERRAND_RETRY };

struct cut {
    uint64_t op;
    bool erase;
    enum sim_outcome outcome;
    uint32_t addr;
};

struct explorer {
    struct world *w;
    const char *scenario;
    unsigned depth, depth_max;
    enum errand errand;
    struct cut path[DEPTH_MAX];
    struct seen seen[DEPTH_MAX + 1]; /* by depth */
    unsigned turn_left;              /* words left in the journal's half when the scenario begins */
    bool journal_only;               /* after a cut only states are read and written */
    bool refusing;       /* only what comes after a refused operation is cut; see refuse.h */
    const char *refusal; /* in words, for the report of a failure */
    bool abandon; /* the flash refuses the exchange that was cut, until recovery gives it up */
    unsigned abandon_from; /* the set that the exchange leaves */
    /* What comes between a cut and the retry, while this set runs; NULL: nothing. */
    bool (*detour)(struct world *w, int runs); /* false where `known` has ended it */
    int retry_set; /* an update to this set must succeed after everything */
    uint64_t cuts, states, retries;
};

/* From here on every operation is cut, or none. Sets what the world calls. */
void explore(struct explorer *e, bool on);
void explore_free(struct explorer *e);

/* What must be possible after everything: the flash works again, and an update goes through. `runs`
 * is what runs now. */
void explore_retry(struct explorer *e, int runs);

/* Power-ups in which states are read, claimed and written: one that was given up must not come
 * back. */
void explore_journal(struct explorer *e);

#endif
