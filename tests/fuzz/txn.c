/* SPDX-License-Identifier: MIT */
/*
 * A device's life, told by the input: downloads of bundles that may be changed or cut, rollbacks,
 * power cuts, refused operations, words that rot. After each the invariants of tests/txn/world.c
 * are checked; signatures are real as far as that goes (tests/txn/crypto_double.c).
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/txn/world.h"

enum { SETS = 4 };

static struct world w;
static jmp_buf power_up;
static uint64_t cut_at;
static enum sim_outcome outcome;

static void fail(const char *what, void *arg)
{
    (void)arg;
    fprintf(stderr, "FAILED: %s\n", what);
    abort();
}

static void on_begin(struct sim *sim, void *arg)
{
    (void)arg;
    if (cut_at == 0 || --cut_at > 0) {
        return;
    }
    for (unsigned b = 0; b < 2; b++) {
        const struct sim_op op = sim->op[b];
        if (op.busy) {
            sim_tear(sim, &op, outcome, sim->ops);
        }
    }
    memset(sim->op, 0, sizeof(sim->op));
    longjmp(power_up, 1);
}

static void make_device(void)
{
    world_init(&w, FUZZ_MAP, FUZZ_SLOTS);
    for (unsigned i = 0; i < SETS; i++) {
        const struct set_spec spec = {
            .image = {{.payload = (i % 3u) * SMALL_SECTOR + 900u, .seed = 2u * i + 1u},
                      {.payload = (i % 2u) * SMALL_SECTOR + 700u, .seed = 2u * (i / 2u) + 2u}},
            .number = i + 1u,
            .counter = 1,
            .trial_boots = 2};
        world_add_set(&w, &spec);
    }
    set_program(&w.sets[0], &w.sim);
    w.allowed = ~0u; /* which one is not the question here, but that it is one */
    w.recovery_allowed = true;
    w.on_fail = fail;
}

/* A good bundle; or with bytes changed, or cut off. */
static void download(struct fuzz_input *in)
{
    const struct test_set *s = &w.sets[fuzz_number(in, SETS)];
    static uint8_t copy[8u * SMALL_SECTOR];
    uint32_t size = s->bundle_size;
    const uint8_t how = fuzz_byte(in);
    const uint32_t piece = 1u + fuzz_number(in, 1500);
    bool trial;

    memcpy(copy, s->bundle, size);
    if (how & 1u) {
        copy[fuzz_number(in, size)] ^= fuzz_byte(in);
    }
    if (how & 2u) {
        size = fuzz_number(in, size);
    }
    if (how & 4u) {
        world_boot(&w, true, &trial);
    }
    (void)world_download(&w, copy, size, piece, how & 4u);
}

/* Both images of one set: one alone would form a set that the world has no name for. */
static void send_images(struct fuzz_input *in)
{
    const bool send[DUO_CORES] = {true, true};

    (void)world_send_images(&w, fuzz_number(in, SETS), send, 500);
}

static void act(struct fuzz_input *in)
{
    struct duo_txn txn;
    bool trial;

    switch (fuzz_number(in, 8)) {
    case 0:
    case 1:
        download(in);
        break;
    case 2:
        duo_txn_open(&txn, &w.dev);
        w.stable = RUNS_NOTHING;
        (void)duo_txn_rollback(&txn);
        break;
    case 3:
        send_images(in);
        break;
    case 4:
        sim_break(&w.sim, w.sim.ops + 1u + fuzz_number(in, 300),
                  (enum sim_refusal)fuzz_number(in, SIM_REFUSALS),
                  (enum sim_span)fuzz_number(in, SIM_SPANS));
        break;
    case 5:
        cut_at = 1u + fuzz_number(in, 300);
        outcome = (enum sim_outcome)fuzz_number(in, SIM_OUTCOMES);
        break;
    case 6:
        w.confirms = fuzz_byte(in) & 1u;
        break;
    default:
        (void)world_boot(&w, false, &trial);
        w.stable = RUNS_NOTHING;
        break;
    }
}

/* Whatever has happened: with a flash that works the device comes to rest and takes an update. */
static void end_well(void)
{
    cut_at = 0;
    w.confirms = true;
    sim_mend(&w.sim);
    w.stops = 0;
    w.stable = RUNS_NOTHING;
    w.allowed = ~0u;
    const int runs = world_settle(&w);
    world_update(&w, runs == 3 ? 2 : 3, runs == RUNS_NOTHING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_input in;
    static struct world before;
    static struct sim_mark mark;

    if (w.set_count == 0) {
        make_device();
    }
    if (size > 64) {
        return 0;
    }
    in = (struct fuzz_input){data, size};
    before = w;
    sim_mark(&w.sim, &mark);
    w.sim.on_begin = on_begin;
    if (setjmp(power_up) != 0) {
        free(w.session); /* a cut left it behind */
        w.session = NULL;
        w.stable = RUNS_NOTHING;
    }
    while (in.left > 0) {
        w.allowed =
            ~0u; /* a confirmation narrows it, and what is tried next may bring another set */
        act(&in);
    }
    w.sim.on_begin = NULL;
    end_well();
    w = before;
    sim_go_back(&w.sim, &mark);
    sim_drop(&w.sim, &mark);
    return 0;
}
