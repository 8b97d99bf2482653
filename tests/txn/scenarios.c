/* SPDX-License-Identifier: MIT */
#include "tests/txn/scenarios.h"

#include <stddef.h>

/* n sectors, sparse */
static struct image_spec sectors(unsigned n, uint32_t seed)
{
    return (struct image_spec){.payload = (n - 1u) * SMALL_SECTOR + 1000u + seed % 8u * 4u,
                               .seed = seed};
}

const struct shape shapes[SHAPES] = {
    {"3+2 to 3+2 sectors", {3, 2}, {3, 2}, false}, {"3+2 to 1+1", {3, 2}, {1, 1}, false},
    {"1+1 to 3+2", {1, 1}, {3, 2}, false},         {"2+2 to 3+1", {2, 2}, {3, 1}, false},
    {"M4 unchanged", {2, 2}, {2, 0}, false},       {"M7 unchanged, sent", {2, 1}, {0, 2}, true},
};

/* Sets like `like`, but for the image of one core; the other one's is not in the bundle. */
static void add_relatives(struct world *w, const struct set_spec *like)
{
    for (unsigned core = 0; core < DUO_CORES; core++) {
        struct set_spec s = *like;

        s.number = w->set_count + 1u;
        s.image[core] = sectors(2, 7u + w->set_count);
        s.keep[core] = false;
        s.keep[1u - core] = true;
        world_add_set(w, &s);
    }
}

bool scenarios_twin;

void make_world(struct world *w, const struct shape *shape)
{
    struct set_spec a = {.image = {sectors(shape->a[0], 1), sectors(shape->a[1], 2)},
                         .number = 1,
                         .counter = 1,
                         .trial_boots = 6};
    struct set_spec b = a;
    struct set_spec c = a;

    world_init(w, scenarios_twin ? &twin_map : &small_map,
               scenarios_twin ? twin_slots : small_slots);
    b.number = 2;
    for (unsigned core = 0; core < 2; core++) {
        if (shape->b[core] == 0) {
            b.keep[core] = !shape->keep_in_bundle;
        } else {
            b.image[core] = sectors(shape->b[core], 3u + core);
        }
        c.image[core] = sectors(2, 5u + core);
    }
    c.number = 3;
    world_add_set(w, &a);
    world_add_set(w, &b);
    world_add_set(w, &c);
    add_relatives(w, &b);
    add_relatives(w, &c);
}

static void start_at_factory(struct world *w)
{
    set_program(&w->sets[SET_A], &w->sim);
    w->allowed = 1u << SET_A;
    world_settle(w);
}

static void download(struct world *w, unsigned set, bool recovery)
{
    if (world_download(w, w->sets[set].bundle, w->sets[set].bundle_size, 500, recovery) != DUO_OK) {
        world_fail(w, "the download failed");
    }
}

/* Once a set is on record as staged, it alone may run: six trial boots are more than cuts use. */
static void install(struct world *w, unsigned set)
{
    w->allowed = 1u << set;
    w->recovery_allowed = false;
    if (world_settle(w) != (int)set) {
        world_fail(w, "the update did not complete");
    }
}

/* From one set to another, confirmed. */
static void download_and_install(struct world *w, unsigned from, unsigned to)
{
    w->allowed = 1u << from | 1u << to;
    download(w, to, false);
    install(w, to);
}

static void to_confirmed_b(struct explorer *e)
{
    start_at_factory(e->w);
    world_update(e->w, SET_B, false);
}

static void rollback(struct explorer *e, unsigned to)
{
    struct world *w = e->w;
    struct duo_txn txn;

    w->allowed |= 1u << to;
    duo_txn_open(&txn, &w->dev);
    if (duo_txn_rollback(&txn) != DUO_OK) {
        world_fail(w, "the rollback was refused");
    }
    w->allowed = 1u << to;
    if (world_settle(w) != (int)to) {
        world_fail(w, "the rollback did not complete");
    }
}

static void scenario_install(struct explorer *e)
{
    start_at_factory(e->w);
    explore(e, true);
    download_and_install(e->w, SET_A, SET_B);
}

/* Over a set that came by an update itself: the spares are not blank, there is a set to give up. */
static void scenario_second_update(struct explorer *e)
{
    to_confirmed_b(e);
    explore(e, true);
    download_and_install(e->w, SET_B, SET_C);
}

/* After a cut an update of one core comes first: what the cut left in the other one's bank is there
 * still when that one's turn comes. */
static bool update_m7_alone(struct world *w, int runs)
{
    return (runs != SET_B && runs != SET_C) ||
           world_update(w, runs == SET_B ? SET_B_BUT_M7 : SET_C_BUT_M7, false);
}

static bool update_m4_alone(struct world *w, int runs)
{
    return (runs != SET_B && runs != SET_C) ||
           world_update(w, runs == SET_B ? SET_B_BUT_M4 : SET_C_BUT_M4, false);
}

static void scenario_m7_next(struct explorer *e)
{
    e->detour = update_m7_alone;
    e->retry_set = SET_A;
    scenario_second_update(e);
}

static void scenario_m4_next(struct explorer *e)
{
    e->detour = update_m4_alone;
    e->retry_set = SET_A;
    scenario_second_update(e);
}

/* The installation itself is another scenario. */
static void until_trial(struct world *w)
{
    bool trial = false;

    while (!trial) {
        world_boot(w, false, &trial);
    }
}

static void scenario_revert(struct explorer *e)
{
    struct world *w = e->w;

    start_at_factory(w);
    w->dev.trial_boots = 1;
    w->confirms = false;
    download(w, SET_B, false);
    w->allowed = 1u << SET_A | 1u << SET_B;
    until_trial(w);
    w->allowed = 1u << SET_A;
    explore(e, true);
    if (world_settle(w) != SET_A) {
        world_fail(w, "the trial was not reverted");
    }
}

/* Back to A, and forward again to B, which is still there. */
static void scenario_rollback(struct explorer *e)
{
    to_confirmed_b(e);
    explore(e, true);
    rollback(e, SET_A);
}

static void scenario_forward_again(struct explorer *e)
{
    to_confirmed_b(e);
    rollback(e, SET_A);
    explore(e, true);
    rollback(e, SET_B);
}

static void rot(struct world *w, uint32_t addr)
{
    sim_put_kind(&w->sim, addr + 512u, SIM_UNREADABLE);
}

/* A word of the running set has rotted, in an image that the previous set has another one of. */
static void scenario_repair(struct explorer *e)
{
    const struct set_spec *b = &e->w->sets[SET_B].spec;
    const bool m7 = b->image[DUO_CM7].seed != e->w->sets[SET_A].spec.image[DUO_CM7].seed;

    to_confirmed_b(e);
    rot(e->w, e->w->sim.map->app[m7 ? DUO_CM7 : DUO_CM4]);
    e->w->allowed = 1u << SET_A;
    explore(e, true);
    if (world_settle(e->w) != SET_A) {
        world_fail(e->w, "the damaged set was not replaced by the previous one");
    }
}

/* Fills the journal up to `left` words, so that it has to turn somewhere in what follows. */
static void fill_journal(struct world *w, unsigned left)
{
    struct duo_txn txn;

    duo_txn_open(&txn, &w->dev);
    if (duo_txn_need_journal(&txn) != DUO_OK) {
        world_fail(w, "no journal");
    }
    while (SMALL_SECTOR / DUO_WORD_SIZE - txn.journal.next >= left + 2u) {
        if (duo_journal_append(&txn.journal, &txn.state) != DUO_OK) {
            world_fail(w, "the journal cannot be filled");
        }
    }
}

/* An exchange that is given up half done, with torn sectors; recovery takes another bundle. */
static void scenario_abandon(struct explorer *e)
{
    e->abandon = true;
    e->abandon_from = SET_B;
    to_confirmed_b(e);
    explore(e, true);
    rollback(e, SET_A);
}

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

/* Nothing can run; recovery takes a bundle. */
static void rescue(struct explorer *e, unsigned set)
{
    struct world *w = e->w;

    w->recovery_allowed = true;
    w->allowed = 1u << set;
    if (world_settle(w) != RUNS_NOTHING) {
        world_fail(w, "something runs that should not");
    }
    explore(e, true);
    download(w, set, true);
    install(w, set);
}

static void scenario_lost_journal(struct explorer *e)
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
static void scenario_lost_twice(struct explorer *e)
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

/* Neither the set that runs nor the one before it verifies any more. */
static void scenario_rotten(struct explorer *e)
{
    to_confirmed_b(e);
    for (unsigned core = 0; core < DUO_CORES; core++) {
        const struct duo_map *map = e->w->sim.map;

        rot(e->w, map->app[core]);
        rot(e->w, map->twin ? map->staging[core] : map->spare[core]);
    }
    rescue(e, SET_C);
}

/* The first set a device ever had is on trial, and recovery takes another one in its place. */
static void scenario_replace_first(struct explorer *e)
{
    struct world *w = e->w;

    w->recovery_allowed = true;
    w->confirms = false;
    download(w, SET_A, true);
    w->allowed = 1u << SET_A;
    until_trial(w);
    w->confirms = true;
    /* Until a bundle has arrived, the trial may still go well. */
    w->allowed = 1u << SET_A | 1u << SET_C;
    explore(e, true);
    download(w, SET_C, true);
    install(w, SET_C);
}

/* Images without a manifest, in one session. */
static void send_images(struct explorer *e, unsigned from, unsigned to, const bool send[DUO_CORES])
{
    struct world *w = e->w;

    w->dev.trial_boots = 6;
    w->allowed = 1u << from | 1u << to;
    explore(e, true);
    if (world_send_images(w, to, send, 500) != DUO_OK) {
        world_fail(w, "the images were refused");
    }
    install(w, to);
}

static void scenario_one_image(struct explorer *e)
{
    const struct test_set *a = &e->w->sets[SET_A];
    const struct test_set *b = &e->w->sets[SET_B];
    const bool m7 = a->spec.image[DUO_CM7].seed != b->spec.image[DUO_CM7].seed;
    const bool send[DUO_CORES] = {[DUO_CM7] = m7, [DUO_CM4] = !m7};

    start_at_factory(e->w);
    send_images(e, SET_A, SET_B, send);
}

static void scenario_two_images(struct explorer *e)
{
    static const bool both[DUO_CORES] = {true, true};

    to_confirmed_b(e); /* there is a previous set to give up */
    e->retry_set = SET_A;
    send_images(e, SET_B, SET_C, both);
}

/* Somebody with a programmer swaps the banks: the device undoes it, and runs what it ran. */
static void scenario_swapped_by_hand(struct explorer *e)
{
    to_confirmed_b(e);
    e->w->sim.option_swap = !e->w->sim.option_swap;
    explore(e, true);
    if (world_settle(e->w) != SET_B) {
        world_fail(e->w, "the device does not find its set after a swap by hand");
    }
}

static void scenario_swapped_when_staged(struct explorer *e)
{
    to_confirmed_b(e);
    download(e->w, SET_C, false);
    e->w->sim.option_swap = !e->w->sim.option_swap;
    e->w->allowed = 1u << SET_C;
    explore(e, true);
    install(e->w, SET_C);
}

/* ---- The list ---- */

const struct scenario scenarios[SCENARIOS] = {
    {"download and install", scenario_install, false, false, false},
    {"second update", scenario_second_update, false, false, false},
    {"the same, M7 alone after a cut", scenario_m7_next, false, true, false},
    {"the same, M4 alone after a cut", scenario_m4_next, false, true, false},
    {"revert", scenario_revert, false, false, false},
    {"rollback", scenario_rollback, false, false, false},
    {"forward again", scenario_forward_again, false, false, false},
    {"repair", scenario_repair, false, false, false},
    {"lost journal", scenario_lost_journal, false, false, false},
    {"journal lost twice", scenario_lost_twice, false, true, false},
    {"nothing verifies", scenario_rotten, false, false, false},
    {"replace the first set", scenario_replace_first, false, false, false},
    {"give up an exchange", scenario_abandon, false, false, false},
    {"one image alone", scenario_one_image, true, false, false},
    {"two images in a batch", scenario_two_images, false, false, false},
    {"banks swapped by hand", scenario_swapped_by_hand, false, false, true},
    {"the same, before an install", scenario_swapped_when_staged, false, false, true},
};

const struct scenario journal_scenario = {"journal", scenario_journal, false, false, false};
const struct scenario bare_journal_scenario = {"journal without a set", scenario_bare_journal,
                                               false, false, false};
const struct scenario turn_in_download = {"download", scenario_turn_in_download, false, false,
                                          false};
const struct scenario turn_in_rollback = {"rollback", scenario_turn_in_rollback, false, false,
                                          false};

bool scenario_fits(const struct scenario *s, const struct shape *shape)
{
    if (s->swaps && !scenarios_twin) {
        return false;
    }
    return !s->one_image || shape->b[DUO_CM7] == 0 || shape->b[DUO_CM4] == 0;
}
