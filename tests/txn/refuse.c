/* SPDX-License-Identifier: MIT */
#include "tests/txn/refuse.h"

#include <stdio.h>

#include "core/txn/decide.h"

#define OPS_MAX 4096u

static const char *const how_names[SIM_REFUSALS] = {
    [SIM_NOT_BEGUN] = "is not begun",        [SIM_BEGIN_PROTECTED] = "is not begun, protected",
    [SIM_BEGIN_BUSY] = "is not begun, busy", [SIM_ENDS_UNTOUCHED] = "fails and changes nothing",
    [SIM_ENDS_TORN] = "fails and is torn",   [SIM_ENDS_PROTECTED] = "fails, protected",
    [SIM_NO_EFFECT] = "has no effect",       [SIM_BAD_EFFECT] = "has a bad effect",
    [SIM_WEAK_EFFECT] = "has a weak effect", [SIM_ENDLESS] = "never ends",
};

static const char *const span_names[SIM_SPANS] = {
    [SIM_ONCE] = "once",
    [SIM_THIS_POWER_UP] = "until the power goes",
    [SIM_WORD_FOR_GOOD] = "at this word for good",
    [SIM_FOR_GOOD] = "in this sector for good",
};

/* ---- What is done without a fault ---- */

struct record {
    unsigned count;
    bool erase[OPS_MAX];
};

static void record_op(struct sim *sim, void *arg)
{
    struct record *record = arg;

    if (record->count < OPS_MAX) {
        record->erase[record->count++] = sim->op[sim->last_bank].erase;
    }
}

static int rest(struct world *w)
{
    const int runs = world_settle(w);

    if (runs == RUNS_NOTHING) {
        world_check_recovery(w);
    }
    return runs;
}

static void record_ops(struct explorer *e, const struct refused_scenario *s, struct record *record)
{
    struct world *w = e->w;

    w->sim.on_begin = record_op;
    w->sim.on_begin_arg = record;
    s->act(w);
    rest(w);
    w->sim.on_begin = NULL;
}

/* ---- One refusal ---- */

/* Some differ for programs only, and protection is a sector's. */
static bool makes_sense(bool erase, enum sim_refusal how, enum sim_span span)
{
    const bool protection = how == SIM_BEGIN_PROTECTED || how == SIM_ENDS_PROTECTED;

    return (!erase || (how != SIM_WEAK_EFFECT && span != SIM_WORD_FOR_GOOD)) &&
           (!protection || span != SIM_WORD_FOR_GOOD);
}

static void refuse_one(struct explorer *e, const struct refused_scenario *s, unsigned op,
                       enum sim_refusal how, enum sim_span span)
{
    struct world *w = e->w;
    char text[160];

    snprintf(text, sizeof(text), "operation %u %s, %s", op, how_names[how], span_names[span]);
    e->refusal = text;
    sim_break(&w->sim, w->sim.ops + op, how, span);
    explore(e, true);
    s->act(w);
    const int runs = rest(w);
    explore_retry(e, runs);
    explore(e, false);
}

static void refuse_operation(struct explorer *e, const struct refused_scenario *s, unsigned op,
                             bool erase, struct refusals *refusals)
{
    struct world *w = e->w;
    const struct world before = *w;
    struct sim_mark mark;

    sim_mark(&w->sim, &mark);
    for (unsigned how = 0; how < SIM_REFUSALS; how++) {
        for (unsigned span = 0; span < SIM_SPANS; span++) {
            if (!makes_sense(erase, (enum sim_refusal)how, (enum sim_span)span)) {
                continue;
            }
            refuse_one(e, s, op, (enum sim_refusal)how, (enum sim_span)span);
            refusals->tried++;
            const uint64_t boots = w->boots;
            *w = before;
            w->boots = boots;
            sim_go_back(&w->sim, &mark);
        }
    }
    sim_drop(&w->sim, &mark);
}

void refuse(struct explorer *e, const struct refused_scenario *s, struct refusals *refusals)
{
    static struct record record;
    struct world *w = e->w;
    struct sim_mark mark;

    s->set_up(w);
    const struct world before = *w;
    record.count = 0;
    sim_mark(&w->sim, &mark);
    record_ops(e, s, &record);
    *w = before;
    sim_go_back(&w->sim, &mark);
    sim_drop(&w->sim, &mark);
    e->refusing = true;
    for (unsigned op = 1; op <= record.count; op += refusals->step) {
        refuse_operation(e, s, op, record.erase[op - 1u], refusals);
    }
}
