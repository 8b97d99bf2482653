/* SPDX-License-Identifier: MIT */
/* What devices go through while every operation is cut. */
#ifndef TESTS_TXN_SCENARIOS_H
#define TESTS_TXN_SCENARIOS_H

#include "tests/txn/explore.h"

enum { SET_A, SET_B, SET_C };
/* Like B or C on one core, which keeps its image, and new on the other. */
enum { SET_B_BUT_M7 = 3, SET_B_BUT_M4, SET_C_BUT_M7, SET_C_BUT_M4 };

struct shape {
    const char *name;
    uint8_t a[2], b[2];  /* sectors of set A and B by core; b 0: B shares A's image */
    bool keep_in_bundle; /* a shared image is sent nevertheless */
};

#define SHAPES 6u
extern const struct shape shapes[SHAPES];

/* Sets A, B and C of a shape, in a world with a blank flash; of a device that swaps its banks, if
 * scenarios_twin is set. */
extern bool scenarios_twin;
void make_world(struct world *w, const struct shape *shape);

struct scenario {
    const char *name;
    void (*run)(struct explorer *e);
    bool one_image; /* only for shapes in which the sets share an image */
    bool shallow;   /* cut once only: its cuts are another scenario's, and what follows is long */
    bool swaps;     /* only where the banks are swapped */
};

#define SCENARIOS 17u
extern const struct scenario scenarios[SCENARIOS];

/* The journal alone, and turning it in the middle of things (e->turn_left). */
extern const struct scenario journal_scenario, bare_journal_scenario;
extern const struct scenario turn_in_download, turn_in_rollback;

bool scenario_fits(const struct scenario *s, const struct shape *shape);

#endif
