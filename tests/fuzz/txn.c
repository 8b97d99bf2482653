/* SPDX-License-Identifier: MIT */
/*
 * A device's life, told by the input: downloads of bundles that may be changed or cut, rollbacks,
 * power cuts, refused operations, words that rot. After each the invariants of tests/txn/world.c
 * are checked; signatures are real as far as that goes (tests/txn/crypto_double.c).
 */
#include <string.h>

#include "tests/fuzz/device.h"
#include "tests/fuzz/fuzz.h"

/* Images of one to three sectors. */
#define SET(n)                                                                                     \
    {                                                                                              \
        .image = {{.payload = (n) % 3u * SMALL_SECTOR + 900u, .seed = 2u * (n) + 1u},              \
                  {.payload = (n) % 2u * SMALL_SECTOR + 700u, .seed = 2u * ((n) / 2u) + 2u}},      \
        .number = (n) + 1u, .counter = 1, .trial_boots = 2                                         \
    }

static const struct set_spec sets[SETS] = {SET(0), SET(1), SET(2), SET(3)};

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

static void spoil_power(struct fuzz_input *in)
{
    const uint64_t n = 1u + fuzz_number(in, 300);

    device_cut_at(n, (enum sim_outcome)fuzz_number(in, SIM_OUTCOMES));
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
        spoil_power(in);
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_input in;

    if (w.set_count == 0) {
        device_make(sets);
    }
    if (size > 64) {
        return 0;
    }
    in = (struct fuzz_input){data, size};
    device_keep();
    if (setjmp(device_power_up) != 0) {
        w.stable = RUNS_NOTHING;
    }
    while (in.left > 0) {
        w.allowed =
            ~0u; /* a confirmation narrows it, and what is tried next may bring another set */
        act(&in);
    }
    device_ends_well();
    device_return();
    return 0;
}
