/* SPDX-License-Identifier: MIT */
/*
 * The journal alone. States are numbered, and each is written on account of the one that was read
 * before: so it is known which may be read at a power cycle, whatever has been cut.
 */
#include "core/txn/txn.h"
#include "tests/txn/explore.h"

#define GIVEN_UP 0xFFu

static bool may_appear(const struct lineage *l, unsigned id)
{
    while (id != l->relied && id != 0 && id != GIVEN_UP) {
        id = l->parent[id];
    }
    return id == l->relied;
}

/* Reads the state, which is numbered, and relies on it. */
static unsigned read_state(struct explorer *e, struct duo_txn *txn)
{
    struct world *w = e->w;

    sim_power_cycle(&w->sim);
    duo_txn_open(txn, &w->dev);
    const unsigned id = txn->state.counter;
    if (txn->journal.content != DUO_JOURNAL_OK || id > w->line.count || !may_appear(&w->line, id)) {
        world_fail(w, "a state was lost, or one that was given up is back");
    }
    if (duo_journal_settle(&txn->journal, &txn->state) != DUO_OK) {
        world_fail(w, "the state cannot be settled although the flash works");
    }
    w->line.relied = (uint8_t)id;
    world_check_misuse(w);
    return id;
}

/* From here on nothing counts that was written on account of the state and cut. */
static void claim_state(struct explorer *e, struct duo_txn *txn, unsigned id)
{
    struct lineage *l = &e->w->line;

    if (duo_journal_claim(&txn->journal, &txn->state) != DUO_OK) {
        world_fail(e->w, "the state cannot be claimed although the flash works");
    }
    for (unsigned i = 1; i <= l->count; i++) {
        l->parent[i] = l->parent[i] == id ? GIVEN_UP : l->parent[i];
    }
}

static void write_state(struct explorer *e, struct duo_txn *txn, unsigned from)
{
    struct lineage *l = &e->w->line;
    struct duo_state next = txn->state;

    if (l->count + 1u >= LINEAGE_MAX) {
        world_fail(e->w, "more states than LINEAGE_MAX");
    }
    l->parent[++l->count] = (uint8_t)from;
    next.counter = l->count;
    if (duo_txn_record(txn, &next) != DUO_OK) {
        world_fail(e->w, "the state cannot be written although the flash works");
    }
    l->relied = l->count;
    world_check_misuse(e->w);
}

/* Twice each, because a word may read differently in every other power cycle. So the claim finds it
 * as the cut before did, and write_at_once() the other way round. */
static void read_and_write(struct explorer *e)
{
    struct duo_txn txn;
    unsigned id;

    read_state(e, &txn);
    id = read_state(e, &txn);
    claim_state(e, &txn, id);
    read_state(e, &txn);
    id = read_state(e, &txn);
    write_state(e, &txn, id);
    read_state(e, &txn);
    read_state(e, &txn);
}

static void write_at_once(struct explorer *e)
{
    struct duo_txn txn;
    const unsigned id = read_state(e, &txn);

    write_state(e, &txn, id);
    read_state(e, &txn);
    read_state(e, &txn);
}

void explore_journal(struct explorer *e)
{
    const struct world promises = *e->w;
    struct sim_mark before;

    sim_mark(&e->w->sim, &before);
    write_at_once(e);
    *e->w = promises;
    sim_go_back(&e->w->sim, &before);
    sim_drop(&e->w->sim, &before);
    read_and_write(e);
}
