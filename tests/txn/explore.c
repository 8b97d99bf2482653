/* SPDX-License-Identifier: MIT */
#include "tests/txn/explore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/txn/decide.h"

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

static uint64_t line_hash(const struct lineage *l)
{
    uint64_t h = l->relied;

    for (unsigned i = 0; i <= l->count; i++) {
        h = sim_mix(h ^ l->parent[i]);
    }
    return h;
}

/* The promises made are part of the state: the same flash may have to be held to more. */
static uint64_t key_of(const struct explorer *e)
{
    const struct world *w = e->w;

    return sim_mix(sim_state_hash(&w->sim) ^
                   sim_mix(w->allowed | (uint64_t)w->floor << 32 | (uint64_t)w->confirms << 31 |
                           (uint64_t)w->recovery_allowed << 30 |
                           (uint64_t)(uint8_t)w->stable << 16 | (uint64_t)(uint8_t)w->again << 24) ^
                   line_hash(&w->line) ^ sim_mix(w->stops));
}

/* Words that read at random make no two states equal. */
static bool known(struct world *w, uint64_t so_far, void *arg)
{
    struct explorer *e = arg;

    if ((e->depth == 0 && e->errand == ERRAND_REST) || (w->sim.flicker && w->sim.marginal > 0)) {
        return false;
    }
    const unsigned depth = e->errand == ERRAND_REST ? e->depth : e->depth_max; /* no more cuts */
    return seen_before(e, depth, sim_mix(key_of(e) ^ sim_mix(so_far ^ (uint64_t)e->errand << 56)));
}

/* ---- Cutting ---- */

/* Different seeds of the mix stand behind several outcomes of an erase. */
static const enum sim_outcome erase_outcomes[] = {
    SIM_UNTOUCHED,    SIM_COMPLETE,      SIM_TORN_DOUBLE,     SIM_TORN_BLANK,
    SIM_TORN_GARBAGE, SIM_GOOD_THEN_BAD, SIM_BLANK_THEN_GOOD,
};
#define ERASE_OUTCOMES (sizeof(erase_outcomes) / sizeof(erase_outcomes[0]))

static const enum sim_outcome option_outcomes[] = {SIM_UNTOUCHED, SIM_COMPLETE, SIM_FACTORY};
#define OPTION_OUTCOMES (sizeof(option_outcomes) / sizeof(option_outcomes[0]))

static unsigned outcomes_of(const struct sim_op *op)
{
    return op->options ? OPTION_OUTCOMES : op->erase ? ERASE_OUTCOMES : SIM_OUTCOMES;
}

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

/* The flash works again: what the device has given up by then it need not take up again. */
static int mend(struct world *w)
{
    sim_mend(&w->sim);
    w->stops = 0;
    w->recovery_allowed = true;
    return world_settle(w);
}

/* Whatever happened, the next update must go through. */
static void retry(struct explorer *e, int runs)
{
    struct world *w = e->w;

    w->sim.on_begin = NULL;
    if (e->refusing) {
        e->errand = ERRAND_MEND;
        runs = known(w, (uint8_t)runs, e) ? RUNS_KNOWN : mend(w);
        if (runs == RUNS_KNOWN) {
            return;
        }
        w->recovery_allowed = runs == RUNS_NOTHING;
    }
    if (e->detour) {
        e->errand = ERRAND_DETOUR;
        if (known(w, (uint8_t)runs, e) || !e->detour(w, runs)) {
            return;
        }
    }
    e->errand = ERRAND_RETRY;
    if (!known(w, 0, e)) {
        world_update(w, (unsigned)e->retry_set, w->recovery_allowed);
        e->retries++;
    }
}

static void after_cut(struct explorer *e)
{
    struct world *w = e->w;

    if (e->journal_only) {
        explore_journal(e);
        return;
    }
    if (e->abandon) {
        w->recovery_allowed = true;
        w->allowed |= 1u << e->abandon_from; /* in the first step its slots are untouched */
        sim_power_cycle(&w->sim);
        refuse_exchange(w);
    }
    const int runs = world_settle(w);
    const bool due = e->depth < 2 || e->refusing || sim_state_hash(&w->sim) % 16 == 0;
    if (runs != RUNS_KNOWN && due && e->retry_set >= 0) {
        retry(e, runs);
        e->errand = ERRAND_REST;
    }
}

void explore_retry(struct explorer *e, int runs)
{
    retry(e, runs);
    e->errand = ERRAND_REST;
}

static void on_begin(struct sim *sim, void *arg);

static void cut_with(struct explorer *e, const struct sim_op *op, const struct sim_op *other,
                     enum sim_outcome outcome, const struct world *promises,
                     const struct sim_mark *before)
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
    w->stops = 0; /* lost with the power */
    if (!seen_before(e, e->depth + 1, key_of(e))) {
        e->states++;
        e->depth++;
        after_cut(e);
        e->depth--;
    }
    const uint64_t boots = w->boots;
    *w = *promises;
    w->boots = boots;
    sim_go_back(&w->sim, before);
}

static void on_begin(struct sim *sim, void *arg)
{
    struct explorer *e = arg;

    if (e->depth >= e->depth_max || (e->refusing && sim->refused == 0)) {
        return;
    }
    const unsigned bank = e->w->sim.last_bank;
    const struct sim_op op = sim->op[bank];
    const struct sim_op none = {0};
    const struct sim_op beside = bank == SIM_OPTIONS ? none : sim->op[1 - bank];
    const struct world promises = *e->w;
    struct sim_mark before;

    sim_mark(sim, &before);
    for (unsigned i = 0; i < outcomes_of(&op); i++) {
        const enum sim_outcome outcome = op.options ? option_outcomes[i]
                                         : op.erase ? erase_outcomes[i]
                                                    : (enum sim_outcome)i;
        cut_with(e, &op, beside.busy ? &beside : NULL, outcome, &promises, &before);
    }
    sim_drop(sim, &before);
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
    if (e->refusing) {
        fprintf(stderr, " after a refusal: %s", e->refusal);
    }
    fputc('\n', stderr);
}

void explore(struct explorer *e, bool on)
{
    e->w->sim.on_begin = on ? on_begin : NULL;
    e->w->sim.on_begin_arg = e;
    e->w->on_fail = print_path;
    e->w->known = on ? known : NULL;
    e->w->arg = e;
}

void explore_free(struct explorer *e)
{
    for (unsigned d = 0; d <= DEPTH_MAX; d++) {
        free(e->seen[d].keys);
    }
}
