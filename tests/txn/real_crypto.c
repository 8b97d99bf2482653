/* SPDX-License-Identifier: MIT */
/*
 * The transaction once with real signatures and the library that firmware links: update, rollback,
 * a bundle with one bit changed, and cuts at a few operations of an update.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "tests/txn/world.h"

enum { SET_A, SET_B };

static struct world w;
static jmp_buf cut;
static uint64_t cut_at;

static void on_begin(struct sim *sim, void *arg)
{
    (void)arg;
    if (sim->ops != cut_at) {
        return;
    }
    const struct sim_op op = sim->op[sim->last_bank];
    sim_tear(sim, &op, (enum sim_outcome)(cut_at % SIM_OUTCOMES), cut_at);
    longjmp(cut, 1);
}

static void set_up(void)
{
    struct set_spec spec = {.image = {{.payload = SMALL_SECTOR + 100u, .seed = 1, .dense = true},
                                      {.payload = 900u, .seed = 2, .dense = true}},
                            .number = 1,
                            .counter = 1,
                            .trial_boots = 3};

    world_init(&w, &small_map, small_slots);
    world_add_set(&w, &spec);
    spec.number = 2;
    spec.image[DUO_CM7].seed = 3;
    spec.image[DUO_CM4].seed = 4;
    world_add_set(&w, &spec);
    set_program(&w.sets[SET_A], &w.sim);
    w.allowed = 1u << SET_A;
}

static void reject_changed_bundle(void)
{
    struct test_set *b = &w.sets[SET_B];

    b->bundle[DUO_MANIFEST_SIZE - 1u] ^= 1; /* last bit of the signature */
    if (world_download(&w, b->bundle, b->bundle_size, 512, false) != DUO_E_SIGNATURE) {
        world_fail(&w, "a changed signature was accepted");
    }
    b->bundle[DUO_MANIFEST_SIZE - 1u] ^= 1;
    if (world_settle(&w) != SET_A) {
        world_fail(&w, "the running set was lost");
    }
}

static void roll_back(void)
{
    struct duo_txn txn;

    duo_txn_open(&txn, &w.dev);
    w.stable = RUNS_NOTHING;
    if (duo_txn_rollback(&txn) != DUO_OK) {
        world_fail(&w, "the rollback was refused");
    }
    w.allowed = 1u << SET_A;
    if (world_settle(&w) != SET_A) {
        world_fail(&w, "the rollback did not complete");
    }
}

static void cut_update_at(uint64_t op)
{
    cut_at = w.sim.ops + op;
    w.sim.on_begin = on_begin;
    w.allowed = 1u << SET_A | 1u << SET_B;
    if (setjmp(cut) == 0) {
        world_update(&w, SET_B, false);
    }
    w.sim.on_begin = NULL;
    w.allowed = 1u << SET_A | 1u << SET_B;
    w.confirms = true;
    if (world_settle(&w) == SET_A) {
        world_update(&w, SET_B, false);
    }
    roll_back();
}

int main(void)
{
    set_up();
    world_settle(&w);
    reject_changed_bundle();
    world_update(&w, SET_B, false);
    roll_back();
    for (uint64_t op = 3; op < 400; op += 44) {
        cut_update_at(op);
    }
    printf("%llu boots with real signatures\n", (unsigned long long)w.boots);
    world_free(&w);
    return 0;
}
