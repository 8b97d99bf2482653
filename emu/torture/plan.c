/* SPDX-License-Identifier: MIT */
#include "emu/torture/plan.h"

#include "emu/cli/cli.h"
#include "emu/cli/powercut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum cut_outcome program_outcomes[] = {CUT_UNTOUCHED, CUT_COMPLETE, CUT_DOUBLE,
                                                    CUT_SINGLE,    CUT_BLANK,    CUT_MARGINAL};
static const enum cut_outcome erase_outcomes[] = {CUT_UNTOUCHED, CUT_COMPLETE, CUT_DOUBLE,
                                                  CUT_BLANK,     CUT_MARGINAL, CUT_TORN_ERASE};

enum { OUTCOMES = 6 };

/* The old options, the new ones, those of a new part. */
static const enum cut_outcome option_outcomes[] = {CUT_UNTOUCHED, CUT_COMPLETE, CUT_FACTORY};

enum { OPTION_OUTCOMES = sizeof(option_outcomes) / sizeof(option_outcomes[0]) };

/* What can reset the chip while a bootloader works; a brown-out is a power cut, and nobody enters a
 * low-power mode. */
static const struct reset_kind {
    enum reset_cause cause;
    const char *name;
} reset_kinds[] = {
    {RESET_PIN, "nrst"},    {RESET_SOFT_CM7, "soft-m7"}, {RESET_SOFT_CM4, "soft-m4"},
    {RESET_IWDG1, "iwdg1"}, {RESET_IWDG2, "iwdg2"},      {RESET_WWDG1, "wwdg1"},
    {RESET_WWDG2, "wwdg2"},
};

enum { RESET_KINDS = sizeof(reset_kinds) / sizeof(reset_kinds[0]) };

_Static_assert(sizeof(program_outcomes) == OUTCOMES * sizeof(program_outcomes[0]),
               "one table size");
_Static_assert(sizeof(erase_outcomes) == OUTCOMES * sizeof(erase_outcomes[0]), "one table size");

/* splitmix64, as everywhere: the plan depends on the seed alone. */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

bool op_log_add(struct op_log *log, const struct flash_op *op, vtime_t begin)
{
    if (log->count == log->room) {
        size_t room = log->room ? 2 * log->room : 4096;
        struct op_entry *ops = realloc(log->ops, room * sizeof(*ops));
        if (!ops) {
            return false;
        }
        log->ops = ops;
        log->room = room;
    }
    log->ops[log->count++] = (struct op_entry){
        .erase = op->erase, .options = op->options, .addr = op->addr, .begin = begin};
    return true;
}

static bool push(struct plan *p, const struct cut *c)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 1024;
        struct cut *cuts = realloc(p->cuts, room * sizeof(*cuts));
        if (!cuts) {
            return false;
        }
        p->cuts = cuts;
        p->room = room;
    }
    p->cuts[p->count++] = *c;
    return true;
}

static void maybe_twice(struct cut *c, const struct plan_want *want, uint64_t *state)
{
    if (draw(state) % 100 >= want->twice) {
        return;
    }
    c->again = 1 + draw(state) % 40;
    c->again_outcome = CUT_RANDOM; /* which kind of operation it will be is not known yet */
}

/* A change of options is rare, and decides what starts at all: each is cut with every outcome. */
static bool push_option_changes(struct plan *p, const struct plan_want *want,
                                const struct op_log *log, uint64_t *state)
{
    for (uint64_t op = 1; op <= log->count; op++) {
        for (int o = 0; log->ops[op - 1].options && o < OPTION_OUTCOMES; o++) {
            struct cut c = {.by_op = true,
                            .op = op,
                            .outcome = option_outcomes[o],
                            .seed = draw(state) & 0xFFFFFFFFu};
            maybe_twice(&c, want, state);
            if (!push(p, &c)) {
                return false;
            }
        }
    }
    return true;
}

static bool push_op(struct plan *p, const struct plan_want *want, const struct op_log *log,
                    uint64_t op, int outcome, uint64_t *state)
{
    if (log->ops[op - 1].options) {
        return true; /* push_option_changes() has it */
    }
    const enum cut_outcome *table = log->ops[op - 1].erase ? erase_outcomes : program_outcomes;
    struct cut c = {.by_op = true, .op = op, .seed = draw(state) & 0xFFFFFFFFu};

    c.outcome = table[outcome < 0 ? draw(state) % OUTCOMES : (uint64_t)outcome];
    maybe_twice(&c, want, state);
    return push(p, &c);
}

static bool push_ops(struct plan *p, const struct plan_want *want, const struct op_log *log,
                     uint64_t *state)
{
    if (want->every_op || want->every_outcome) {
        for (uint64_t op = 1; op <= log->count; op++) {
            for (int o = want->every_outcome ? 0 : -1; o < (want->every_outcome ? OUTCOMES : 0);
                 o++) {
                if (!push_op(p, want, log, op, o, state)) {
                    return false;
                }
            }
        }
        return true;
    }
    for (unsigned long long i = 0; log->count && i < want->sample; i++) {
        /* Erases are few and matter most: one cut in four goes to them. */
        uint64_t op = 1 + draw(state) % log->count;
        for (size_t tries = 0; i % 4 == 0 && tries < log->count && !log->ops[op - 1].erase;
             tries++) {
            op = op % log->count + 1;
        }
        if (!push_op(p, want, log, op, -1, state)) {
            return false;
        }
    }
    return true;
}

/* Whole nanoseconds, as they are printed, and not 0. */
static vtime_t moment(const struct op_log *log, uint64_t *state)
{
    vtime_t at = draw(state) % log->length;

    return at - at % VT_NS + VT_NS;
}

static bool push_moments(struct plan *p, const struct plan_want *want, const struct op_log *log,
                         uint64_t *state)
{
    for (unsigned long long i = 0; log->length && i < want->moments; i++) {
        struct cut c = {
            .at = moment(log, state), .outcome = CUT_RANDOM, .seed = draw(state) & 0xFFFFFFFFu};
        maybe_twice(&c, want, state);
        if (!push(p, &c)) {
            return false;
        }
    }
    return true;
}

/* A reset tears what is under way as a power cut does, but RAM and the backup domain live on. */
static bool push_resets(struct plan *p, const struct plan_want *want, const struct op_log *log,
                        uint64_t *state)
{
    for (unsigned long long i = 0; log->length && i < want->resets; i++) {
        struct cut c = {.reset = reset_kinds[i % RESET_KINDS].cause,
                        .at = moment(log, state),
                        .outcome = CUT_RANDOM,
                        .seed = draw(state) & 0xFFFFFFFFu};
        maybe_twice(&c, want, state);
        if (!push(p, &c)) {
            return false;
        }
    }
    return true;
}

static const struct op_log *sort_log; /* qsort() has no context */

static vtime_t begin_of(const struct cut *c)
{
    return c->by_op ? sort_log->ops[c->op - 1].begin : c->at;
}

static int by_time(const void *a, const void *b)
{
    vtime_t x = begin_of(a), y = begin_of(b);

    return x < y ? -1 : x > y;
}

bool plan_make(struct plan *p, const struct plan_want *want, const struct op_log *log)
{
    uint64_t state = want->seed;

    memset(p, 0, sizeof(*p));
    if (!push_option_changes(p, want, log, &state) || !push_ops(p, want, log, &state) ||
        !push_moments(p, want, log, &state) || !push_resets(p, want, log, &state)) {
        return false;
    }
    sort_log = log;
    if (p->count) {
        qsort(p->cuts, p->count, sizeof(p->cuts[0]), by_time);
    }
    return true;
}

void plan_free(struct plan *p)
{
    free(p->cuts);
    memset(p, 0, sizeof(*p));
}

const char *cut_kind(const struct cut *c)
{
    for (unsigned i = 0; i < RESET_KINDS; i++) {
        if (c->reset == reset_kinds[i].cause) {
            return reset_kinds[i].name;
        }
    }
    return "power cut";
}

const char *cut_format(const struct cut *c, char *buf, size_t size)
{
    int n = c->by_op ? snprintf(buf, size, "flash-op=%llu", (unsigned long long)c->op)
                     : snprintf(buf, size, "at=%lluns", (unsigned long long)(c->at / VT_NS));

    if (c->reset == RESET_POWER_ON) {
        n += snprintf(buf + n, size - (size_t)n, ",outcome=%s", cut_outcome_name(c->outcome));
    } else {
        n += snprintf(buf + n, size - (size_t)n, ",reset=%s", cut_kind(c));
    }
    n += snprintf(buf + n, size - (size_t)n, ",seed=%llu", (unsigned long long)c->seed);
    if (c->again) {
        snprintf(buf + n, size - (size_t)n, ",again=%llu", (unsigned long long)c->again);
    }
    return buf;
}

static bool parse_number(const char *text, uint64_t *value)
{
    unsigned long long v;

    if (!cli_parse_u64(text, &v)) {
        return false;
    }
    *value = v;
    return true;
}

static bool parse_reset(const char *text, enum reset_cause *cause)
{
    for (unsigned i = 0; i < RESET_KINDS; i++) {
        if (strcmp(text, reset_kinds[i].name) == 0) {
            *cause = reset_kinds[i].cause;
            return true;
        }
    }
    return false;
}

static bool parse_part(struct cut *c, const char *part)
{
    if (strncmp(part, "flash-op=", 9) == 0) {
        return c->by_op = parse_number(part + 9, &c->op) && c->op > 0;
    }
    if (strncmp(part, "at=", 3) == 0) {
        return cli_parse_time(part + 3, &c->at);
    }
    if (strncmp(part, "outcome=", 8) == 0) {
        return cut_outcome_parse(part + 8, &c->outcome);
    }
    if (strncmp(part, "reset=", 6) == 0) {
        return parse_reset(part + 6, &c->reset);
    }
    if (strncmp(part, "seed=", 5) == 0) {
        return parse_number(part + 5, &c->seed);
    }
    return strncmp(part, "again=", 6) == 0 && parse_number(part + 6, &c->again);
}

bool cut_parse(struct cut *c, const char *text)
{
    char copy[160], *save = NULL;

    memset(c, 0, sizeof(*c));
    if (strlen(text) >= sizeof(copy)) {
        return false;
    }
    snprintf(copy, sizeof(copy), "%s", text);
    for (char *part = strtok_r(copy, ",", &save); part; part = strtok_r(NULL, ",", &save)) {
        if (!parse_part(c, part)) {
            return false;
        }
    }
    return c->by_op || c->at;
}
