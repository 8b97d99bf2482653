/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

#define PAIR(n)                                                                                    \
    {                                                                                              \
        .image = {{.payload = ((n)&1u) * SMALL_SECTOR + 900u, .seed = 1u + 2u * ((n)&1u)},         \
                  {.payload = 700u + ((n) >> 1) * 900u, .seed = 2u + 2u * ((n) >> 1)}},            \
        .number = (n) + 1u, .counter = 1, .trial_boots = 2                                         \
    }

struct world w;
jmp_buf device_power_up;
const struct set_spec device_pairs[SETS] = {PAIR(0), PAIR(1), PAIR(2), PAIR(3)};

static struct world before;
static struct sim_mark mark;
static uint64_t cut_at;
static enum sim_outcome left_behind;

static void fail(const char *what, void *arg)
{
    (void)arg;
    fprintf(stderr, "FAILED: %s\n", what);
    abort();
}

void device_expect_any(void)
{
    w.allowed = ~0u;
    w.recovery_allowed = true;
    w.stable = RUNS_NOTHING;
}

void device_make(const struct set_spec sets[SETS])
{
    world_init(&w, FUZZ_MAP, FUZZ_SLOTS);
    for (unsigned i = 0; i < SETS; i++) {
        world_add_set(&w, &sets[i]);
    }
    set_program(&w.sets[0], &w.sim);
    device_expect_any();
    w.on_fail = fail;
}

void device_keep(void)
{
    before = w;
    sim_mark(&w.sim, &mark);
}

void device_return(void)
{
    w = before;
    sim_go_back(&w.sim, &mark);
    sim_drop(&w.sim, &mark);
}

/* ---- The power ---- */

static void on_begin(struct sim *sim, void *arg)
{
    (void)arg;
    if (cut_at == 0 || --cut_at > 0) {
        return;
    }
    for (unsigned b = 0; b < 2; b++) {
        const struct sim_op op = sim->op[b];
        if (op.busy) {
            sim_tear(sim, &op, left_behind, sim->ops);
        }
    }
    memset(sim->op, 0, sizeof(sim->op));
    free(w.session); /* of a download that goes no further */
    w.session = NULL;
    longjmp(device_power_up, 1);
}

void device_cut_at(uint64_t n, enum sim_outcome outcome)
{
    cut_at = n;
    left_behind = outcome;
    w.sim.on_begin = n > 0 ? on_begin : NULL;
}

void device_ends_well(void)
{
    device_cut_at(0, SIM_UNTOUCHED);
    w.confirms = true;
    sim_mend(&w.sim);
    w.stops = 0;
    device_expect_any();
    const int runs = world_settle(&w);
    world_update(&w, runs == 3 ? 2 : 3, runs == RUNS_NOTHING);
}
