/* SPDX-License-Identifier: MIT */
#include "tests/txn/scenario_steps.h"
#include "tests/txn/scenarios.h"

#include <stddef.h>

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

void start_at_factory(struct world *w)
{
    set_program(&w->sets[SET_A], &w->sim);
    w->allowed = 1u << SET_A;
    world_settle(w);
}

void download(struct world *w, unsigned set, bool recovery)
{
    if (world_download(w, w->sets[set].bundle, w->sets[set].bundle_size, 500, recovery) != DUO_OK) {
        world_fail(w, "the download failed");
    }
}

void install(struct world *w, unsigned set)
{
    w->allowed = 1u << set;
    w->recovery_allowed = false;
    if (world_settle(w) != (int)set) {
        world_fail(w, "the update did not complete");
    }
}

void download_and_install(struct world *w, unsigned from, unsigned to)
{
    w->allowed = 1u << from | 1u << to;
    download(w, to, false);
    install(w, to);
}

void to_confirmed_b(struct explorer *e)
{
    start_at_factory(e->w);
    world_update(e->w, SET_B, false);
}

void rollback(struct explorer *e, unsigned to)
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

void fill_journal(struct world *w, unsigned left)
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

void rescue(struct explorer *e, unsigned set)
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
