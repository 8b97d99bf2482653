/* SPDX-License-Identifier: MIT */
/* What devices do while the flash refuses. Each may fail, but only because of that. */
#include "tests/txn/refuse.h"
#include "tests/txn/scenarios.h"

static void expect(struct world *w, enum duo_status status, const char *what)
{
    if (status != DUO_OK && w->sim.refused == 0) {
        world_fail(w, what);
    }
}

static void at_factory(struct world *w)
{
    set_program(&w->sets[SET_A], &w->sim);
    w->allowed = 1u << SET_A;
    world_settle(w);
}

static void at_b(struct world *w)
{
    at_factory(w);
    world_update(w, SET_B, false);
}

static enum duo_status send(struct world *w, unsigned set, bool recovery)
{
    const struct test_set *s = &w->sets[set];

    w->allowed |= 1u << set;
    return world_download(w, s->bundle, s->bundle_size, 500, recovery);
}

static void update_to_b(struct world *w)
{
    expect(w, send(w, SET_B, false), "the download failed");
}

static void update_to_c(struct world *w)
{
    expect(w, send(w, SET_C, false), "the download failed");
}

static void update_in_recovery(struct world *w)
{
    bool trial;

    world_boot(w, true, &trial);
    expect(w, send(w, SET_C, true), "the download failed");
}

static void roll_back(struct world *w)
{
    struct duo_txn txn;

    w->stable = RUNS_NOTHING;
    w->allowed |= 1u << SET_A;
    duo_txn_open(&txn, &w->dev);
    expect(w, duo_txn_rollback(&txn), "the rollback was refused");
}

/* On trial, and nobody confirms. */
static void on_trial(struct world *w)
{
    bool trial = false;

    at_factory(w);
    w->dev.trial_boots = 1;
    w->confirms = false;
    expect(w, send(w, SET_B, false), "the download failed");
    while (!trial) {
        world_boot(w, false, &trial);
    }
}

static void nothing_more(struct world *w)
{
    (void)w;
}

static void with_rot(struct world *w)
{
    at_b(w);
    w->allowed = 1u << SET_A;
    sim_put_kind(&w->sim, w->sim.map->app[DUO_CM7] + 512u, SIM_UNREADABLE);
}

static void send_two_images(struct world *w)
{
    static const bool both[DUO_CORES] = {true, true};

    w->dev.trial_boots = 6;
    w->allowed |= 1u << SET_C;
    expect(w, world_send_images(w, SET_C, both, 500), "the images were refused");
}

/* The journal turns in the middle of the download. */
static void with_a_full_journal(struct world *w)
{
    struct duo_txn txn;

    at_b(w);
    duo_txn_open(&txn, &w->dev);
    while (SMALL_SECTOR / DUO_WORD_SIZE - txn.journal.next > 16u) {
        if (duo_journal_append(&txn.journal, &txn.state) != DUO_OK) {
            world_fail(w, "the journal cannot be filled");
        }
    }
}

const struct refused_scenario refused_scenarios[REFUSED_SCENARIOS] = {
    {"first update", at_factory, update_to_b},
    {"second update", at_b, update_to_c},
    {"update in recovery", at_b, update_in_recovery},
    {"rollback", at_b, roll_back},
    {"revert", on_trial, nothing_more},
    {"repair", with_rot, nothing_more},
    {"two images in a batch", at_b, send_two_images},
    {"the journal turns", with_a_full_journal, update_to_c},
};
