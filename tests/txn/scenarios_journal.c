/* SPDX-License-Identifier: MIT */
/* The journal: alone, turned in the middle of things, and lost. */
#include "tests/txn/scenario_steps.h"
#include "tests/txn/scenarios.h"

/* Nothing but the journal, so that cuts can be nested deeper. */
static void journal_alone(struct explorer *e)
{
    struct duo_txn txn;

    duo_txn_open(&txn, &e->w->dev);
    if (duo_txn_need_journal(&txn) != DUO_OK) {
        world_fail(e->w, "no journal");
    }
    txn.state.counter = 0; /* numbers the states */
    if (duo_txn_record(&txn, &txn.state) != DUO_OK) {
        world_fail(e->w, "no state");
    }
    if (e->turn_left > 0) {
        fill_journal(e->w, e->turn_left);
    }
    e->journal_only = true;
    explore(e, true);
    explore_journal(e);
}

static void scenario_journal(struct explorer *e)
{
    start_at_factory(e->w);
    journal_alone(e);
}

/* Turning it brings no manifests along, which use up many numbers. */
static void scenario_bare_journal(struct explorer *e)
{
    journal_alone(e);
}

static void scenario_turn_in_download(struct explorer *e)
{
    start_at_factory(e->w);
    fill_journal(e->w, e->turn_left);
    explore(e, true);
    download_and_install(e->w, SET_A, SET_B);
}

static void scenario_turn_in_rollback(struct explorer *e)
{
    to_confirmed_b(e);
    fill_journal(e->w, e->turn_left);
    explore(e, true);
    rollback(e, SET_A);
}

void scenario_lost_journal(struct explorer *e)
{
    start_at_factory(e->w);
    for (unsigned half = 0; half < 2; half++) {
        for (uint32_t at = 0; at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
            sim_put(&e->w->sim, e->w->sim.map->journal[half] + at, "noise", 5);
        }
    }
    rescue(e, SET_B);
}

static void change_journal(struct world *w, enum sim_kind from, enum sim_kind to)
{
    for (unsigned half = 0; half < 2; half++) {
        for (uint32_t at = 0; at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
            const uint32_t addr = w->sim.map->journal[half] + at;

            if (sim_word_at(&w->sim, addr)->kind == from) {
                sim_put_kind(&w->sim, addr, to);
            }
        }
    }
}

/* What was lost can be read again, all of it. */
static bool find_journal(struct world *w, int runs)
{
    if (runs != RUNS_NOTHING) {
        change_journal(w, SIM_UNREADABLE, SIM_GOOD);
        runs = world_settle(w);
    }
    return runs != RUNS_KNOWN;
}

/* Once with its noise in the first half, which stays; then, all but full, with the second. */
void scenario_lost_twice(struct explorer *e)
{
    struct world *w = e->w;
    struct duo_txn txn;

    start_at_factory(w);
    for (uint32_t at = 0; at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
        sim_put(&w->sim, w->sim.map->journal[0] + at, "noise", 5);
    }
    w->recovery_allowed = true;
    world_settle(w);
    world_update(w, SET_B, true);
    duo_txn_open(&txn, &w->dev);
    while (txn.journal.half == 1 && SMALL_SECTOR / DUO_WORD_SIZE - txn.journal.next > 4u) {
        if (duo_journal_append(&txn.journal, &txn.state) != DUO_OK) {
            world_fail(w, "the journal cannot be filled");
        }
    }
    change_journal(w, SIM_GOOD, SIM_UNREADABLE);
    e->detour = find_journal;
    rescue(e, SET_C);
    explore(e, false);
    find_journal(w, SET_C);
}

const struct scenario journal_scenario = {"journal", scenario_journal, false, false, false};
const struct scenario bare_journal_scenario = {"journal without a set", scenario_bare_journal,
                                               false, false, false};
const struct scenario turn_in_download = {"download", scenario_turn_in_download, false, false,
                                          false};
const struct scenario turn_in_rollback = {"rollback", scenario_turn_in_rollback, false, false,
                                          false};
