/*
 * Every flash operation of every scenario is cut with every outcome, and every operation of what
 * follows is cut again (nested to depth 2; to depth 3 for the journal alone); equal states of the
 * flash are looked at once.
 *
 * The cut is made where the operation begins: the simulation calls back, the flash as it would be
 * after the cut is set up, a new device boots from it in a nested call, and then everything is put
 * back and goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/decide.h"
#include "tests/txn/world.h"

#define DEPTH_MAX 4u

struct seen {
    uint64_t *keys;
    size_t size, used;
};

struct cut {
    uint64_t op;
    bool erase;
    enum sim_outcome outcome;
    uint32_t addr;
};

struct explorer {
    struct world *w;
    const char *scenario;
    unsigned depth, depth_max;
    struct cut path[DEPTH_MAX];
    struct seen seen[DEPTH_MAX + 1]; /* by depth */
    bool retry_all;
    bool journal_only; /* after a cut the device only writes its state again */
    bool abandon;      /* the flash refuses the exchange that was cut, until recovery gives it up */
    uint64_t cuts, states, retries;
    int retry_set; /* an update to this set must succeed after everything */
};

/* ---- States seen ---- */

static bool seen_slot(struct seen *s, uint64_t key, bool insert)
{
    size_t i = (size_t)(key & (s->size - 1));

    while (s->keys[i] != 0) {
        if (s->keys[i] == key) {
            return true;
        }
        i = (i + 1) & (s->size - 1);
    }
    if (insert) {
        s->keys[i] = key;
        s->used++;
    }
    return false;
}

static void seen_grow(struct seen *s)
{
    const struct seen old = *s;

    s->size = old.size ? old.size * 2 : 4096;
    s->used = 0;
    s->keys = calloc(s->size, sizeof(*s->keys));
    if (!s->keys) {
        abort();
    }
    for (size_t i = 0; i < old.size; i++) {
        if (old.keys[i] != 0) {
            seen_slot(s, old.keys[i], true);
        }
    }
    free(old.keys);
}

/* Looked at with as many cuts to come, or more? */
static bool seen_before(struct explorer *e, unsigned depth, uint64_t key)
{
    key |= 1; /* 0 means free */
    for (unsigned d = 0; d < depth; d++) {
        if (e->seen[d].size && seen_slot(&e->seen[d], key, false)) {
            return true;
        }
    }
    if (e->seen[depth].used * 2 >= e->seen[depth].size) {
        seen_grow(&e->seen[depth]);
    }
    return seen_slot(&e->seen[depth], key, true);
}

/* The promises made are part of the state: the same flash may have to be held to more. */
static uint64_t key_of(const struct explorer *e)
{
    const struct world *w = e->w;

    return sim_mix(sim_state_hash(&w->sim) ^
                   sim_mix(w->allowed | (uint64_t)w->floor << 32 | (uint64_t)w->confirms << 31 |
                           (uint64_t)w->recovery_allowed << 30));
}

/* ---- Cutting ---- */

/* Different seeds of the mix stand behind several outcomes of an erase. */
static const enum sim_outcome erase_outcomes[] = {
    SIM_UNTOUCHED,    SIM_COMPLETE,      SIM_TORN_DOUBLE,     SIM_TORN_BLANK,
    SIM_TORN_GARBAGE, SIM_GOOD_THEN_BAD, SIM_BLANK_THEN_GOOD,
};
#define ERASE_OUTCOMES (sizeof(erase_outcomes) / sizeof(erase_outcomes[0]))

/* Three boots in which the flash refused the exchange, as the engine would record them. */
static void refuse_exchange(struct world *w)
{
    struct duo_txn txn;

    duo_txn_open(&txn, &w->dev);
    if (txn.state.phase != DUO_PHASE_EXCHANGE) {
        return;
    }
    struct duo_state next = txn.state;
    next.failures = DUO_EXCHANGE_FAILURES_MAX;
    if (duo_txn_record(&txn, &next) != DUO_OK) {
        world_fail(w, "the failures cannot be recorded");
    }
}

/* The state must be there, be written again, and be there again. */
static void rewrite_state(struct explorer *e)
{
    struct world *w = e->w;
    struct duo_txn txn;

    sim_power_cycle(&w->sim);
    duo_txn_open(&txn, &w->dev);
    if (txn.journal.verdict != DUO_JOURNAL_OK ||
        duo_journal_claim(&txn.journal, &txn.state) != DUO_OK) {
        world_fail(w, "the journal cannot be written although the flash works");
    }
    const uint32_t sequence = txn.journal.sequence;
    sim_power_cycle(&w->sim);
    duo_txn_open(&txn, &w->dev);
    if (txn.journal.verdict != DUO_JOURNAL_OK || txn.journal.sequence <= sequence) {
        world_fail(w, "a state that was written is not there");
    }
    world_check_misuse(w);
}

static void after_cut(struct explorer *e)
{
    struct world *w = e->w;

    if (e->journal_only) {
        rewrite_state(e);
        return;
    }
    if (e->abandon) {
        w->recovery_allowed = true;
        sim_power_cycle(&w->sim);
        refuse_exchange(w);
    }
    world_settle(w);
    /* Whatever happened, the next update must go through. */
    const bool retry = e->retry_all || e->depth < 2 || sim_state_hash(&w->sim) % 16 == 0;
    if (retry && e->retry_set >= 0) {
        w->sim.on_begin = NULL;
        world_update(w, (unsigned)e->retry_set, w->recovery_allowed);
        e->retries++;
    }
}

static void on_begin(struct sim *sim, void *arg);

static void cut_with(struct explorer *e, const struct sim_op *op, const struct sim_op *other,
                     enum sim_outcome outcome, const struct world *promises,
                     const struct sim_snapshot *before)
{
    struct world *w = e->w;
    const uint64_t seed = sim_mix(w->sim.ops * 31u + outcome);

    e->cuts++;
    e->path[e->depth] = (struct cut){w->sim.ops, op->erase, outcome, op->addr};
    sim_tear(&w->sim, op, outcome, seed);
    if (other) {
        sim_tear(&w->sim, other, (enum sim_outcome)(seed % SIM_OUTCOMES), sim_mix(seed));
    }
    memset(w->sim.op, 0, sizeof(w->sim.op));
    if (!seen_before(e, e->depth + 1, key_of(e))) {
        e->states++;
        e->depth++;
        after_cut(e);
        e->depth--;
    }
    const uint64_t boots = w->boots;
    *w = *promises;
    w->boots = boots;
    sim_restore(&w->sim, before);
}

static void on_begin(struct sim *sim, void *arg)
{
    struct explorer *e = arg;

    if (e->depth >= e->depth_max) {
        return;
    }
    const unsigned bank = e->w->sim.last_bank;
    const struct sim_op op = sim->op[bank];
    const struct sim_op beside = sim->op[1 - bank];
    const struct world promises = *e->w;
    struct sim_snapshot *before = sim_save(sim);

    for (unsigned i = 0; i < (op.erase ? ERASE_OUTCOMES : SIM_OUTCOMES); i++) {
        const enum sim_outcome outcome = op.erase ? erase_outcomes[i] : (enum sim_outcome)i;
        cut_with(e, &op, beside.busy ? &beside : NULL, outcome, &promises, before);
    }
    sim_drop(before);
}

static void print_path(const char *what, void *arg)
{
    const struct explorer *e = arg;

    (void)what;
    fprintf(stderr, "scenario \"%s\", %u cut(s):", e->scenario, e->depth);
    for (unsigned i = 0; i < e->depth; i++) {
        fprintf(stderr, " [op %llu %s 0x%08x outcome %d]", (unsigned long long)e->path[i].op,
                e->path[i].erase ? "erase" : "program", e->path[i].addr, e->path[i].outcome);
    }
    fputc('\n', stderr);
}

/* ---- Scenarios ---- */

enum { SET_A, SET_B, SET_C, SET_D };

/* n sectors, sparse */
static struct image_spec sectors(unsigned n, uint32_t seed)
{
    return (struct image_spec){.payload = (n - 1u) * SMALL_SECTOR + 1000u + seed % 8u * 4u,
                               .seed = seed};
}

struct shape {
    const char *name;
    uint8_t a[2], b[2];  /* sectors of set A and B by core; b 0: B shares A's image */
    bool keep_in_bundle; /* a shared image is sent nevertheless */
};

static void make_world(struct world *w, const struct shape *shape)
{
    struct set_spec a = {.image = {sectors(shape->a[0], 1), sectors(shape->a[1], 2)},
                         .number = 1,
                         .counter = 1,
                         .trial_boots = 6};
    struct set_spec b = a;
    struct set_spec c = a;

    world_init(w, &small_map, small_slots);
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
}

static void start_at_factory(struct world *w)
{
    set_program(&w->sets[SET_A], &w->sim);
    w->allowed = 1u << SET_A;
    world_settle(w);
}

static void explore(struct explorer *e, bool on)
{
    e->w->sim.on_begin = on ? on_begin : NULL;
    e->w->sim.on_begin_arg = e;
}

/* From one set to another, confirmed, with every operation cut. */
static void download_and_install(struct explorer *e, unsigned from, unsigned to)
{
    struct world *w = e->w;
    const struct test_set *set = &w->sets[to];

    w->allowed = 1u << from | 1u << to;
    if (world_download(w, set->bundle, set->bundle_size, 500, false) != DUO_OK) {
        world_fail(w, "the download failed");
    }
    /* Once it is on record as staged, it alone may run: six trial boots are more than two cuts use.
     */
    w->allowed = 1u << to;
    if (world_settle(w) != (int)to) {
        world_fail(w, "the update did not complete");
    }
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
    download_and_install(e, SET_A, SET_B);
}

/* Over a set that came by an update itself: the spares are not blank, there is a set to give up. */
static void scenario_second_update(struct explorer *e)
{
    to_confirmed_b(e);
    explore(e, true);
    download_and_install(e, SET_B, SET_C);
}

static void scenario_revert(struct explorer *e)
{
    struct world *w = e->w;
    const struct test_set *b = &w->sets[SET_B];

    start_at_factory(w);
    w->dev.trial_boots = 1;
    w->confirms = false;
    if (world_download(w, b->bundle, b->bundle_size, 500, false) != DUO_OK) {
        world_fail(w, "the download failed");
    }
    bool trial = false;
    w->allowed = 1u << SET_A | 1u << SET_B;
    while (!trial) {
        world_boot(w, false, &trial); /* the installation itself is another scenario */
    }
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

/* A word of the running set has rotted, in an image that the previous set has another one of. */
static void scenario_repair(struct explorer *e)
{
    const struct set_spec *b = &e->w->sets[SET_B].spec;
    const bool m7 = b->image[DUO_CM7].seed != e->w->sets[SET_A].spec.image[DUO_CM7].seed;

    to_confirmed_b(e);
    sim_put_kind(&e->w->sim, small_map.app[m7 ? DUO_CM7 : DUO_CM4] + 512u, SIM_UNREADABLE);
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
    to_confirmed_b(e);
    explore(e, true);
    rollback(e, SET_A);
}

/* Nothing but the journal, so that cuts can be nested deeper. */
static void scenario_journal(struct explorer *e)
{
    struct duo_txn txn;

    start_at_factory(e->w);
    duo_txn_open(&txn, &e->w->dev);
    if (duo_txn_need_journal(&txn) != DUO_OK) {
        world_fail(e->w, "no journal");
    }
    e->journal_only = true;
    explore(e, true);
    rewrite_state(e);
}

static unsigned turn_left; /* words left in the half when the scenario begins */

static void scenario_turn_in_download(struct explorer *e)
{
    start_at_factory(e->w);
    fill_journal(e->w, turn_left);
    explore(e, true);
    download_and_install(e, SET_A, SET_B);
}

static void scenario_turn_in_rollback(struct explorer *e)
{
    to_confirmed_b(e);
    fill_journal(e->w, turn_left);
    explore(e, true);
    rollback(e, SET_A);
}

/* The journal is gone; recovery takes a bundle. */
static void scenario_lost_journal(struct explorer *e)
{
    struct world *w = e->w;
    const struct test_set *b = &w->sets[SET_B];

    start_at_factory(w);
    for (unsigned half = 0; half < 2; half++) {
        for (uint32_t at = 0; at < SMALL_SECTOR; at += DUO_WORD_SIZE) {
            sim_put(&w->sim, small_map.journal[half] + at, "noise", 5);
        }
    }
    w->recovery_allowed = true;
    w->allowed = 1u << SET_B;
    if (world_settle(w) != RUNS_NOTHING) {
        world_fail(w, "something runs without a journal");
    }
    explore(e, true);
    if (world_download(w, b->bundle, b->bundle_size, 500, true) != DUO_OK) {
        world_fail(w, "recovery refused the bundle");
    }
    w->recovery_allowed = false;
    if (world_settle(w) != SET_B) {
        world_fail(w, "the update did not complete");
    }
}

/* ---- Running them ---- */

static const struct shape shapes[] = {
    {"3+2 to 3+2 sectors", {3, 2}, {3, 2}, false}, {"3+2 to 1+1", {3, 2}, {1, 1}, false},
    {"1+1 to 3+2", {1, 1}, {3, 2}, false},         {"2+2 to 3+1", {2, 2}, {3, 1}, false},
    {"M4 unchanged", {2, 2}, {2, 0}, false},       {"M7 unchanged, sent", {2, 1}, {0, 2}, true},
};

struct totals {
    uint64_t cuts, states, retries, boots;
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(const char *name, void (*scenario)(struct explorer *), const struct shape *shape,
                unsigned depth, struct totals *totals)
{
    static struct world w;
    struct explorer e = {.w = &w, .depth_max = depth, .retry_set = SET_C};
    char title[96];
    const double start = seconds();

    snprintf(title, sizeof(title), "%s, %s", name, shape->name);
    e.scenario = title;
    make_world(&w, shape);
    w.on_fail = print_path;
    w.on_fail_arg = &e;
    scenario(&e);
    explore(&e, false);
    if (scenario != scenario_lost_journal) {
        world_update(&w, SET_C, false);
    }
    printf("%-48s depth %u: %8llu cuts %8llu states %7.1f s\n", title, depth,
           (unsigned long long)e.cuts, (unsigned long long)e.states, seconds() - start);
    fflush(stdout);
    totals->cuts += e.cuts;
    totals->states += e.states;
    totals->retries += e.retries;
    totals->boots += w.boots;
    for (unsigned d = 0; d <= DEPTH_MAX; d++) {
        free(e.seen[d].keys);
    }
    world_free(&w);
}

struct named_scenario {
    const char *name;
    void (*run)(struct explorer *);
};

static const struct named_scenario scenarios[] = {
    {"download and install", scenario_install},
    {"second update", scenario_second_update},
    {"revert", scenario_revert},
    {"rollback", scenario_rollback},
    {"forward again", scenario_forward_again},
    {"repair", scenario_repair},
    {"lost journal", scenario_lost_journal},
    {"give up an exchange", scenario_abandon},
};

static void run_all(unsigned depth, unsigned only_shape, struct totals *totals)
{
    for (unsigned s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
        if (only_shape != UINT32_MAX && only_shape != s) {
            continue;
        }
        for (unsigned i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
            run(scenarios[i].name, scenarios[i].run, &shapes[s], depth, totals);
        }
    }
}

static void run_turns(unsigned depth, unsigned step, struct totals *totals)
{
    for (turn_left = 0; turn_left < 48; turn_left += step) {
        char name[64];
        snprintf(name, sizeof(name), "download, %u words left", turn_left);
        run(name, scenario_turn_in_download, &shapes[3], depth, totals);
        snprintf(name, sizeof(name), "rollback, %u words left", turn_left);
        run(name, scenario_turn_in_rollback, &shapes[3], depth, totals);
    }
}

int main(int argc, char **argv)
{
    struct totals t = {0};
    const char *set = getenv("DUO_TXN_LEVEL");
    const char *level = argc > 1 ? argv[1] : set ? set : "check";
    const double start = seconds();

    if (strcmp(level, "quick") == 0) { /* for the mutation check */
        run_all(1, 3, &t);
        run_all(1, 1, &t);
        run_turns(1, 6, &t);
        run("journal", scenario_journal, &shapes[3], 3, &t);
    } else if (strcmp(level, "deep") == 0) {
        run_all(2, 4, &t);
    } else if (strcmp(level, "check") == 0) {
        run_all(1, UINT32_MAX, &t);
        run_turns(1, 3, &t);
        run("journal", scenario_journal, &shapes[3], 3, &t);
        run_all(2, 4, &t);
    } else if (strcmp(level, "full") == 0) {
        run_all(2, UINT32_MAX, &t);
        run_turns(2, 3, &t);
        run("journal", scenario_journal, &shapes[3], 4, &t);
    } else {
        fprintf(stderr, "usage: %s [quick|deep|check|full]\n", argv[0]);
        return 2;
    }
    printf("%llu cuts, %llu different states, %llu boots, %llu updates retried, 0 devices stuck, "
           "%.0f s\n",
           (unsigned long long)t.cuts, (unsigned long long)t.states, (unsigned long long)t.boots,
           (unsigned long long)t.retries, seconds() - start);
    return 0;
}
