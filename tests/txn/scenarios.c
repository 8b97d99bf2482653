/* SPDX-License-Identifier: MIT */
/* What a device goes through, but for what only its journal does (scenarios_journal.c). */
#include "tests/txn/scenarios.h"
#include "tests/txn/scenario_steps.h"

/* n sectors, sparse */

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

/* An exchange that is given up half done, with torn sectors; recovery takes another bundle. */
static void scenario_abandon(struct explorer *e)
{
    e->abandon = true;
    e->abandon_from = SET_B;
    to_confirmed_b(e);
    explore(e, true);
    rollback(e, SET_A);
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

bool scenario_fits(const struct scenario *s, const struct shape *shape)
{
    if (s->swaps && !scenarios_twin) {
        return false;
    }
    return !s->one_image || shape->b[DUO_CM7] == 0 || shape->b[DUO_CM4] == 0;
}
