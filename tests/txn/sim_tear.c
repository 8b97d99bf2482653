/* SPDX-License-Identifier: MIT */
/* Power cuts: how an operation of the simulated flash turns out that was interrupted. */
#include <string.h>

#include "tests/txn/sim_parts.h"

static struct sim_word marginal(const struct sim *sim, const uint8_t *data, enum sim_kind next,
                                enum sim_kind later)
{
    struct sim_word w = {.kind = SIM_MARGINAL};
    const bool next_is_odd = (sim->power_ups + 1u) % 2u;

    memcpy(w.data, data, DUO_WORD_SIZE);
    w.odd = (uint8_t)(next_is_odd ? next : later);
    w.even = (uint8_t)(next_is_odd ? later : next);
    return w;
}

static struct sim_word torn_word(const struct sim *sim, const uint8_t *data,
                                 enum sim_outcome outcome, uint64_t seed)
{
    struct sim_word w = {.kind = SIM_GOOD};

    memcpy(w.data, data, DUO_WORD_SIZE);
    switch (outcome) {
    case SIM_UNTOUCHED:
    case SIM_COMPLETE:
    case SIM_OUTCOMES:
        break;
    case SIM_TORN_DOUBLE:
        w.kind = SIM_UNREADABLE;
        break;
    case SIM_TORN_SINGLE:
        w.kind = SIM_CORRECTED;
        break;
    case SIM_TORN_BLANK:
        w.kind = SIM_FALSE_BLANK;
        break;
    case SIM_TORN_GARBAGE:
        for (unsigned i = 0; i < DUO_WORD_SIZE; i++) {
            w.data[i] |= (uint8_t)sim_mix(seed + i); /* some bits have not come down to 0 yet */
        }
        break;
    case SIM_GOOD_THEN_BAD:
        return marginal(sim, data, SIM_GOOD, SIM_UNREADABLE);
    case SIM_BAD_THEN_GOOD:
        return marginal(sim, data, SIM_UNREADABLE, SIM_GOOD);
    case SIM_BLANK_THEN_GOOD:
        return marginal(sim, data, SIM_FALSE_BLANK, SIM_GOOD);
    case SIM_GOOD_THEN_BLANK:
        return marginal(sim, data, SIM_GOOD, SIM_FALSE_BLANK);
    }
    return w;
}

/* Whether a word may read blank, at this power cycle or another. */
static bool may_read_blank(const struct sim_word *w)
{
    if (w->kind == SIM_MARGINAL) {
        return w->even == SIM_FALSE_BLANK || w->odd == SIM_FALSE_BLANK;
    }
    return w->kind == SIM_ERASED || w->kind == SIM_FALSE_BLANK;
}

/* Programming only takes charge one way: a word that never reads blank (and now gets zeros) can
 * come out damaged, but never blank. */
static enum sim_outcome possible(const struct sim_word *old, enum sim_outcome outcome)
{
    if (may_read_blank(old)) {
        return outcome;
    }
    return outcome == SIM_TORN_BLANK        ? SIM_TORN_DOUBLE
           : outcome == SIM_BLANK_THEN_GOOD ? SIM_BAD_THEN_GOOD
           : outcome == SIM_GOOD_THEN_BLANK ? SIM_GOOD_THEN_BAD
                                            : outcome;
}

static void tear_program(struct sim *sim, const struct sim_op *op, enum sim_outcome wanted,
                         uint64_t seed)
{
    const uint32_t index = sim_index(sim, op->addr);
    const enum sim_outcome outcome = possible(&sim->words[index], wanted);

    if (outcome == SIM_UNTOUCHED) {
        return;
    }
    if (outcome == SIM_COMPLETE) {
        sim_program_now(sim, op->addr, op->data);
        return;
    }
    const struct sim_word w = torn_word(sim, op->data, outcome, seed);
    sim_set(sim, index, &w);
}

/* One word of a sector whose erase was torn. */
static struct sim_word half_erased(const struct sim *sim, const struct sim_word *old,
                                   enum sim_outcome outcome, uint64_t seed)
{
    static const enum sim_outcome mix[] = {SIM_UNTOUCHED,     SIM_COMPLETE,       SIM_TORN_DOUBLE,
                                           SIM_TORN_BLANK,    SIM_TORN_GARBAGE,   SIM_TORN_SINGLE,
                                           SIM_GOOD_THEN_BAD, SIM_BLANK_THEN_GOOD};
    const bool mixed = outcome == SIM_TORN_GARBAGE || outcome == SIM_BLANK_THEN_GOOD ||
                       outcome == SIM_GOOD_THEN_BLANK;
    const enum sim_outcome how = mixed ? mix[seed % (sizeof(mix) / sizeof(mix[0]))] : outcome;

    if (how == SIM_COMPLETE) {
        return sim_erased;
    }
    return how == SIM_UNTOUCHED ? *old : torn_word(sim, old->data, how, seed);
}

static void tear_erase(struct sim *sim, const struct sim_op *op, enum sim_outcome outcome,
                       uint64_t seed)
{
    const uint32_t first = sim_index(sim, op->addr);

    for (uint32_t i = 0; i < sim->map->sector_size / DUO_WORD_SIZE; i++) {
        const struct sim_word w =
            half_erased(sim, &sim->words[first + i], outcome, sim_mix(seed ^ (first + i)));
        sim_set(sim, first + i, &w);
    }
}

/* Bank 1 comes first in a new chip. */
static void tear_options(struct sim *sim, const struct sim_op *op, enum sim_outcome outcome)
{
    if (outcome != SIM_UNTOUCHED) {
        sim->option_swap = outcome == SIM_COMPLETE && op->addr == 2;
        sim->option_fresh = outcome == SIM_COMPLETE ? op->fresh : 0;
        sim->options_lost = outcome != SIM_COMPLETE;
    }
}

void sim_tear(struct sim *sim, const struct sim_op *op, enum sim_outcome outcome, uint64_t seed)
{
    if (op->options) {
        tear_options(sim, op, outcome);
    } else if (op->erase) {
        tear_erase(sim, op, outcome, seed);
    } else {
        tear_program(sim, op, outcome, seed);
    }
}
