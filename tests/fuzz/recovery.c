/* SPDX-License-Identifier: MIT */
/*
 * Recovery whole: the menu's keys and answers, files by YMODEM, SMP and ST's protocol on one line,
 * in any order, as the input says (speech.c). Then there is a reset, and with what the flash holds
 * by now the device comes to rest in a set of its own and takes an update.
 */
#include "tests/fuzz/recovery.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/speech.h"
#include "tests/txn/world.h"

/* Each core's image is one of two, so that whatever images are put together is one of these. */
enum { SETS = 4 };

static struct world w;

static void fail(const char *what, void *arg)
{
    (void)arg;
    fprintf(stderr, "FAILED: %s\n", what);
    abort();
}

static void make_device(void)
{
    world_init(&w, FUZZ_MAP, FUZZ_SLOTS);
    for (unsigned i = 0; i < SETS; i++) {
        const struct set_spec spec = {
            .image = {{.payload = (i & 1u) * SMALL_SECTOR + 900u, .seed = 1u + 2u * (i & 1u)},
                      {.payload = 700u + (i >> 1) * 900u, .seed = 2u + 2u * (i >> 1)}},
            .number = i + 1u,
            .counter = 1,
            .trial_boots = 2};
        world_add_set(&w, &spec);
        speech_offer(i, w.sets[i].bundle, w.sets[i].bundle_size);
    }
    for (unsigned i = 0; i < 4; i++) {
        const struct test_image *image = &w.sets[3u * (i / 2u)].image[i % 2u];
        speech_offer(SETS + i, image->file, image->file_size);
    }
    set_program(&w.sets[0], &w.sim);
    w.on_fail = fail;
}

static void enter(void)
{
    static struct duo_txn txn;
    const struct work_cause cause = {.reason = DUO_REASON_REQUESTED};

    duo_txn_open(&txn, &w.dev);
    if (setjmp(board_reset) == 0) {
        recovery_enter(&txn, &cause);
    }
    fuzz_forget();
}

static void end_well(void)
{
    w.confirms = true;
    w.stable = RUNS_NOTHING;
    w.allowed = ~0u; /* which one is not the question here, but that it is one */
    w.recovery_allowed = true;
    sim_power_cycle(&w.sim);
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
    in = (struct fuzz_input){data, size < 2000 ? size : 2000};
    before = w;
    sim_mark(&w.sim, &mark);
    board_start(&w.dev, &in);
    enter();
    end_well();
    w = before;
    sim_go_back(&w.sim, &mark);
    sim_drop(&w.sim, &mark);
    return 0;
}
