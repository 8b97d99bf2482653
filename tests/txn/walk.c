/* SPDX-License-Identifier: MIT */
/*
 * Random walks: one device lives through thousands of updates, good and bad, rollbacks, resets,
 * recoveries, rotten words, and the power goes at any flash operation with any outcome, again and
 * again. Usage: txn_walk [UPDATES [SEED]]; the same seed gives the same walk.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/txn/world.h"

struct walk {
    struct world w;
    uint64_t random;
    jmp_buf power_up;
    uint64_t cut_at; /* operations to go; 0 = no cut */
    int current;     /* set that runs; RUNS_NOTHING after a loss */
    uint8_t *bundle; /* a changed copy */
    uint64_t seed, actions, cuts, updates, refused, rollbacks, reverts, recoveries, repairs;
    const char *doing;
};

static uint64_t draw(struct walk *k, uint64_t n)
{
    k->random = sim_mix(k->random);
    return k->random % n;
}

static void on_begin(struct sim *sim, void *arg)
{
    struct walk *k = arg;

    if (k->cut_at == 0 || --k->cut_at > 0) {
        return;
    }
    for (unsigned b = 0; b < 2; b++) {
        if (sim->op[b].busy) {
            const struct sim_op op = sim->op[b];
            sim_tear(sim, &op, (enum sim_outcome)draw(k, SIM_OUTCOMES), draw(k, UINT64_MAX));
        }
    }
    memset(sim->op, 0, sizeof(sim->op));
    k->cuts++;
    longjmp(k->power_up, 1);
}

/* Often within the next few operations, so that cuts come close together. */
static void arm(struct walk *k)
{
    static const uint64_t reach[] = {4, 12, 60, 200};

    k->cut_at = draw(k, 4) == 0 ? 0 : 1 + draw(k, reach[draw(k, 4)]);
}

static void disarm(struct walk *k)
{
    k->cut_at = 0;
    free(k->w.session); /* a cut left it behind */
    k->w.session = NULL;
}

static void report_failure(const char *what, void *arg)
{
    const struct walk *k = arg;

    (void)what;
    fprintf(stderr, "seed %llu, action %llu (%s), %llu cuts so far\n", (unsigned long long)k->seed,
            (unsigned long long)k->actions, k->doing, (unsigned long long)k->cuts);
}

/* ---- Coming to rest ---- */

/* Boots with further cuts, then without, until something has settled. */
static int rest(struct walk *k)
{
    volatile unsigned cuts_left = (unsigned)draw(k, 4);

    if (setjmp(k->power_up) != 0) {
        disarm(k);
    }
    if (cuts_left > 0) {
        cuts_left--;
        arm(k);
    }
    const int set = world_settle(&k->w);
    disarm(k);
    return set;
}

static unsigned bit(int set)
{
    return set < 0 ? 0 : 1u << set;
}

/* The other set the journal knows, by its version. */
static int other_set(struct walk *k)
{
    struct duo_txn txn;
    struct duo_report r;

    duo_txn_open(&txn, &k->w.dev);
    duo_txn_report(&txn, &r);
    if (!r.other.present) {
        return -1;
    }
    return r.other.factory ? 0 : r.other.set_version.revision - 1;
}

static bool acceptable(const struct walk *k, int set)
{
    return k->w.sets[set].spec.counter >= k->w.floor;
}

static int pick_set(struct walk *k)
{
    int set;

    do {
        set = (int)draw(k, k->w.set_count);
    } while (!acceptable(k, set));
    return set;
}

/* Recovery, or a device that nothing is known of any more, takes a bundle and must then run it. */
static void rescue(struct walk *k)
{
    bool trial;
    const int set = pick_set(k);

    k->recoveries++;
    k->w.allowed = bit(set);
    if (world_boot(&k->w, false, &trial) != RUNS_NOTHING) {
        world_fail(&k->w, "recovery was left without a bundle");
    }
    world_update(&k->w, (unsigned)set, true);
    k->current = set;
}

static void settle_action(struct walk *k)
{
    const int set = rest(k);

    if (set == RUNS_NOTHING) {
        rescue(k);
        return;
    }
    k->current = set;
    k->w.allowed = bit(set);
    k->w.recovery_allowed = false;
    /* It rests without a trial, so it is confirmed: also when the power went after that was written
     * and before it was reported. */
    if (k->w.sets[set].spec.counter > k->w.floor) {
        k->w.floor = k->w.sets[set].spec.counter;
    }
}

/* ---- Actions ---- */

static void update(struct walk *k)
{
    const int set = pick_set(k);
    const struct test_set *s = &k->w.sets[set];
    const uint32_t piece = 1 + (uint32_t)draw(k, 1500);
    bool trial = false;

    k->updates++;
    k->w.allowed = bit(k->current) | bit(set);
    k->w.again = set == k->current ? set : RUNS_NOTHING;
    k->w.confirms = draw(k, 4) != 0;
    k->w.dev.trial_boots = (uint8_t)draw(k, 4);
    const bool recovery = draw(k, 4) == 0;
    if (recovery) {
        world_boot(&k->w, true, &trial);
    }
    if (setjmp(k->power_up) == 0) {
        arm(k);
        const enum duo_status status =
            world_download(&k->w, s->bundle, s->bundle_size, piece, recovery);
        k->cut_at = 0;
        if (status != DUO_OK) {
            world_fail(&k->w, "a good bundle was refused");
        }
        if (!k->w.confirms) {
            k->reverts++;
        }
    }
    disarm(k);
    settle_action(k);
    k->w.confirms = true;
}

static void bad_update(struct walk *k)
{
    const struct test_set *s = &k->w.sets[draw(k, k->w.set_count)];
    uint32_t size = s->bundle_size;
    enum duo_status status = DUO_E_CANCELLED;

    k->refused++;
    memcpy(k->bundle, s->bundle, size);
    if (draw(k, 2) == 0) {
        size = (uint32_t)draw(k, size);
    } else {
        k->bundle[draw(k, size)] ^= (uint8_t)(1u << draw(k, 8));
    }
    if (setjmp(k->power_up) == 0) {
        arm(k);
        status = world_download(&k->w, k->bundle, size, 333, false);
        k->cut_at = 0;
        if (status == DUO_OK) {
            world_fail(&k->w, "a bad bundle was accepted");
        }
    }
    disarm(k);
    settle_action(k);
}

static void downgrade(struct walk *k)
{
    for (unsigned i = 0; i < k->w.set_count; i++) {
        const struct test_set *s = &k->w.sets[i];
        if (!acceptable(k, (int)i)) {
            if (world_download(&k->w, s->bundle, s->bundle_size, 4096, false) != DUO_E_DOWNGRADE) {
                world_fail(&k->w, "a set below the counter was not refused");
            }
            k->refused++;
        }
    }
    settle_action(k);
}

static void roll_back(struct walk *k)
{
    const int to = other_set(k);
    struct duo_txn txn;

    if (to < 0) {
        return;
    }
    k->rollbacks++;
    k->w.stable = RUNS_NOTHING; /* a set that never ended a trial goes on trial again */
    k->w.again = to == k->current ? to : RUNS_NOTHING;
    if (setjmp(k->power_up) == 0) {
        arm(k);
        duo_txn_open(&txn, &k->w.dev);
        k->w.allowed = bit(k->current) | bit(to);
        const enum duo_status status = duo_txn_rollback(&txn);
        if (status != DUO_OK && (acceptable(k, to) || status != DUO_E_DOWNGRADE)) {
            world_fail(&k->w, "a rollback was refused");
        }
        if (status == DUO_OK && !acceptable(k, to)) {
            world_fail(&k->w, "a rollback below the counter was accepted");
        }
    }
    disarm(k);
    settle_action(k);
}

/* A word of the staged set changes between its verification and the installation. */
static void change_staging(struct walk *k)
{
    const int set = pick_set(k);
    const struct test_set *s = &k->w.sets[set];
    struct duo_txn txn;

    if (world_download(&k->w, s->bundle, s->bundle_size, 1024, false) != DUO_OK) {
        world_fail(&k->w, "a good bundle was refused");
    }
    duo_txn_open(&txn, &k->w.dev);
    const unsigned core = txn.state.differs[DUO_CM7] ? DUO_CM7 : DUO_CM4;
    if (!txn.state.differs[core]) {
        settle_action(k);
        return;
    }
    sim_put_kind(&k->w.sim, k->w.dev.map->staging[core] + 512u, SIM_UNREADABLE);
    settle_action(k);
    duo_txn_open(&txn, &k->w.dev);
    if (txn.state.reason != DUO_REASON_STAGING_CHANGED) {
        world_fail(&k->w, "the reason does not say that staging has changed");
    }
}

static void rot(struct walk *k)
{
    const unsigned core = (unsigned)draw(k, 2);

    k->repairs++;
    k->w.allowed = bit(k->current) | bit(other_set(k));
    k->w.recovery_allowed = true;
    sim_put_kind(&k->w.sim, k->w.dev.map->app[core] + (draw(k, 2) ? 0 : 512u),
                 draw(k, 2) ? SIM_UNREADABLE : SIM_CORRECTED);
    settle_action(k);
}

static void lose_journal(struct walk *k)
{
    uint8_t word[DUO_WORD_SIZE];

    for (unsigned half = 0; half < 2; half++) {
        for (uint32_t at = 0; at < k->w.dev.map->sector_size; at += DUO_WORD_SIZE) {
            const uint64_t r = draw(k, UINT64_MAX);
            memset(word, (int)(r & 0x7F), sizeof(word));
            memcpy(word + 8, &r, sizeof(r));
            sim_put(&k->w.sim, k->w.dev.map->journal[half] + at, word, sizeof(word));
        }
    }
    k->w.floor = 1; /* all that is left of it is what the images say */
    k->w.recovery_allowed = true;
    settle_action(k);
}

static void act(struct walk *k)
{
    static const struct {
        const char *name;
        void (*run)(struct walk *);
        unsigned share;
    } actions[] = {
        {"update", update, 50},      {"bad bundle", bad_update, 15},
        {"downgrade", downgrade, 3}, {"rollback", roll_back, 15},
        {"reset", settle_action, 5}, {"staging changed", change_staging, 5},
        {"rotten word", rot, 6},     {"journal lost", lose_journal, 1},
    };
    uint64_t r = draw(k, 100);

    for (unsigned i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (r < actions[i].share) {
            k->doing = actions[i].name;
            actions[i].run(k);
            break;
        }
        r -= actions[i].share;
    }
    k->actions++;
}

/* ---- Setting up ---- */

static void add_set(struct walk *k, unsigned m7, unsigned m4, uint32_t seed7, uint32_t seed4,
                    uint32_t counter)
{
    const struct set_spec spec = {
        .image = {{.payload = (m7 - 1u) * SMALL_SECTOR + 900u + seed7 * 4u, .seed = seed7},
                  {.payload = (m4 - 1u) * SMALL_SECTOR + 700u + seed4 * 4u, .seed = seed4}},
        .number = k->w.set_count + 1u,
        .counter = counter,
        .trial_boots = 2};

    world_add_set(&k->w, &spec);
}

static void set_up(struct walk *k)
{
    world_init(&k->w, &small_map, small_slots);
    add_set(k, 3, 2, 1, 2, 1);
    add_set(k, 3, 2, 3, 4, 1);
    add_set(k, 1, 1, 5, 6, 1);
    add_set(k, 2, 1, 7, 6, 1); /* shares the M4 image of the one before */
    add_set(k, 3, 2, 1, 8, 1); /* shares the M7 image of the first */
    add_set(k, 1, 2, 9, 10, 2);
    add_set(k, 3, 1, 11, 12, 2);
    add_set(k, 2, 2, 11, 14, 2);
    k->bundle = malloc(8 * SMALL_SECTOR);
    if (!k->bundle) {
        abort();
    }
    set_program(&k->w.sets[0], &k->w.sim);
    k->w.on_fail = report_failure;
    k->w.arg = k;
    k->current = 0;
    k->w.allowed = bit(0);
    k->w.sim.on_begin = on_begin;
    k->w.sim.on_begin_arg = k;
}

/* A new device when the counter has gone up for good, so that all sets are used again. */
static void one_life(struct walk *k, uint64_t actions)
{
    set_up(k);
    for (uint64_t i = 0; i < actions; i++) {
        act(k);
    }
    free(k->bundle);
    world_free(&k->w);
}

int main(int argc, char **argv)
{
    static struct walk k;
    const uint64_t updates = argc > 1 ? strtoull(argv[1], NULL, 0) : 2000;
    uint64_t boots = 0;

    k.seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    k.random = sim_mix(k.seed);
    while (k.updates < updates) {
        one_life(&k, 40);
        boots += k.w.boots;
    }
    printf("seed %llu: %llu updates, %llu bad bundles, %llu rollbacks, %llu rotten words, %llu "
           "recoveries, %llu cuts, %llu boots, 0 devices stuck\n",
           (unsigned long long)k.seed, (unsigned long long)k.updates, (unsigned long long)k.refused,
           (unsigned long long)k.rollbacks, (unsigned long long)k.repairs,
           (unsigned long long)k.recoveries, (unsigned long long)k.cuts, (unsigned long long)boots);
    return 0;
}
