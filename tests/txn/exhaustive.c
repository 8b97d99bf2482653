/* SPDX-License-Identifier: MIT */
/*
 * The exhaustive proof: which scenarios, on which shapes of sets, with cuts nested how deep.
 * docs/transaction.md, "Proof", says what that comes to.
 *
 * usage: txn_exhaustive [twin] quick|once|deep SHAPE|turns|journal|rereads|flicker SEED|
 *        refuse SHAPE|refuse-and-cut SHAPE|refuse-some-and-cut SHAPE
 * `twin`: a device that swaps its banks, else one that exchanges sectors.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/txn/refuse.h"
#include "tests/txn/scenarios.h"

#define TURN_SHAPE   3u  /* most unlike on both cores */
#define FEWEST_SHAPE 4u  /* of the fewest operations: M4 unchanged */
#define TURN_WITHIN  48u /* words left at the most when a scenario begins that has to turn */

struct proof {
    uint64_t flicker; /* see struct sim */
    uint8_t pattern;
    uint64_t cuts, states, retries, boots, refused;
};

/* See struct sim; that bit 0 is clear leaves nothing out: each torn word begins with either. */
static const uint8_t reread_patterns[] = {1u << 1, 1u << 2, 1u << 1 | 1u << 2};

/* Of processor time: the machine may have other things to do. */
static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(const struct scenario *s, const struct shape *shape, unsigned depth, unsigned left,
                struct proof *proof)
{
    static struct world w;
    struct explorer e = {.w = &w, .depth_max = depth, .retry_set = SET_C, .turn_left = left};
    char title[96];
    const double start = seconds();

    if (left == 0) {
        snprintf(title, sizeof(title), "%s, %s", s->name, shape->name);
    } else {
        snprintf(title, sizeof(title), "%s, %u words left, %s", s->name, left, shape->name);
    }
    e.scenario = title;
    make_world(&w, shape);
    w.sim.flicker = proof->flicker;
    w.sim.pattern = proof->pattern;
    explore(&e, false);
    s->run(&e);
    explore(&e, false);
    world_update(&w, SET_C, false);
    printf("%-48s depth %u: %8llu cuts %8llu states %7.1f s\n", title, depth,
           (unsigned long long)e.cuts, (unsigned long long)e.states, seconds() - start);
    fflush(stdout);
    proof->cuts += e.cuts;
    proof->states += e.states;
    proof->retries += e.retries;
    proof->boots += w.boots;
    explore_free(&e);
    world_free(&w);
}

static void run_shape(unsigned depth, unsigned shape, struct proof *proof)
{
    for (unsigned i = 0; i < SCENARIOS; i++) {
        if (scenario_fits(&scenarios[i], &shapes[shape]) && (depth == 1 || !scenarios[i].shallow)) {
            run(&scenarios[i], &shapes[shape], depth, 0, proof);
        }
    }
}

/* The journal turns to its other half at each place that a download or rollback writes to it. */
static void run_turns_of(unsigned shape, unsigned depth, unsigned step, struct proof *proof)
{
    for (unsigned left = 1; left < TURN_WITHIN; left += step) {
        run(&turn_in_download, &shapes[shape], depth, left, proof);
        run(&turn_in_rollback, &shapes[shape], depth, left, proof);
    }
}

static void run_turns(unsigned depth, unsigned step, struct proof *proof)
{
    run_turns_of(TURN_SHAPE, depth, step, proof);
}

static void run_journal(unsigned depth, struct proof *proof)
{
    run(&journal_scenario, &shapes[TURN_SHAPE], depth, 0, proof);
    for (unsigned left = 2; left < 12; left += 4) { /* the next state turns it */
        run(&journal_scenario, &shapes[TURN_SHAPE], depth - 1u, left, proof);
    }
    for (unsigned left = 1; left < 12; left += 2) {
        run(&bare_journal_scenario, &shapes[TURN_SHAPE], depth - 1u, left, proof);
    }
}

/* Every step-th operation is refused; then `cuts` cuts. */
static void run_refusals(const struct shape *shape, unsigned cuts, unsigned step,
                         struct proof *proof)
{
    for (unsigned i = 0; i < REFUSED_SCENARIOS; i++) {
        static struct world w;
        struct explorer e = {.w = &w, .depth_max = cuts, .retry_set = SET_A};
        struct refusals refusals = {.step = step};
        const double start = seconds();

        e.scenario = refused_scenarios[i].name;
        make_world(&w, shape);
        refuse(&e, &refused_scenarios[i], &refusals);
        printf("%-22s %-22s %8llu refusals %8llu cuts %7.1f s\n", e.scenario, shape->name,
               (unsigned long long)refusals.tried, (unsigned long long)e.cuts, seconds() - start);
        fflush(stdout);
        proof->refused += refusals.tried;
        proof->cuts += e.cuts;
        proof->states += e.states;
        proof->retries += e.retries;
        proof->boots += w.boots;
        explore_free(&e);
        world_free(&w);
    }
}

/* ---- Parts of the proof ---- */

static void quick(unsigned n, struct proof *proof)
{
    (void)n;
    run_shape(1, TURN_SHAPE, proof);
    run_shape(1, 1, proof);
    run_shape(1, FEWEST_SHAPE, proof);
    run_turns(1, scenarios_twin ? 3 : 6, proof); /* as many cuts in either layout */
    run_journal(2, proof);
}

static void once(unsigned n, struct proof *proof)
{
    (void)n;
    for (unsigned s = 0; s < SHAPES; s++) {
        run_shape(1, s, proof);
    }
    run_turns(1, 1, proof);
    if (scenarios_twin) { /* a swap has fewer operations than an exchange: more histories instead */
        run_turns_of(FEWEST_SHAPE, 1, 1, proof);
    }
}

static void deep(unsigned n, struct proof *proof)
{
    run_shape(2, n, proof);
}

static void turns(unsigned n, struct proof *proof)
{
    (void)n;
    run_turns(2, 12, proof);
}

static void journal(unsigned n, struct proof *proof)
{
    (void)n;
    run_journal(3, proof);
}

static void flicker(unsigned n, struct proof *proof)
{
    proof->flicker = n + 1ull;
    run_journal(3, proof);
    run_turns(1, 6, proof);
    run_shape(2, FEWEST_SHAPE, proof);
}

static void refusals(unsigned n, struct proof *proof)
{
    run_refusals(&shapes[n], 0, 1, proof);
}

#define SOME 29u /* of the operations: a prime, so that no period of what is done is met */

static void refuse_and_cut(unsigned n, struct proof *proof)
{
    run_refusals(&shapes[n], 1, 1, proof);
}

static void refuse_some_and_cut(unsigned n, struct proof *proof)
{
    run_refusals(&shapes[n], 1, SOME, proof);
}

static void rereads(unsigned n, struct proof *proof)
{
    (void)n;
    for (unsigned i = 0; i < sizeof(reread_patterns); i++) {
        proof->pattern = reread_patterns[i];
        run_journal(3, proof);
        run_turns(1, 6, proof);
    }
}

static const struct part {
    const char *name;
    void (*run)(unsigned n, struct proof *proof);
    unsigned below; /* limit of the number that goes with it; 0: none does */
} parts[] = {
    {"quick", quick, 0},     /* some of it, for sanitizers and the mutation check */
    {"once", once, 0},       /* every operation of everything is cut once */
    {"deep", deep, SHAPES},  /* one shape of sets with cuts nested to depth 2 */
    {"turns", turns, 0},     /* the same for updates in which the journal turns */
    {"journal", journal, 0}, /* the journal alone, to depth 3, and turning it to depth 2 */
    /* the journal with words that read the other way round at their second read, third, or both */
    {"rereads", rereads, 0},
    /* a part of all this, with words that never settle; with a seed */
    {"flicker", flicker, UINT_MAX},
    {"refuse", refusals, SHAPES},               /* every operation is refused in every way */
    {"refuse-and-cut", refuse_and_cut, SHAPES}, /* and what comes after is cut */
    {"refuse-some-and-cut", refuse_some_and_cut, SHAPES},
};

static bool number_below(const char *text, unsigned limit, unsigned *n)
{
    char *end;
    const unsigned long value = strtoul(text, &end, 10);

    *n = (unsigned)value;
    return end != text && *end == '\0' && value < limit;
}

static const struct part *find_part(int argc, char **argv, unsigned *n)
{
    for (unsigned i = 0; argc > 1 && i < sizeof(parts) / sizeof(parts[0]); i++) {
        const struct part *part = &parts[i];
        if (strcmp(part->name, argv[1]) == 0) {
            const bool good =
                part->below == 0 ? argc == 2 : argc == 3 && number_below(argv[2], part->below, n);
            return good ? part : NULL;
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct proof proof = {0};
    unsigned n = 0;

    if (argc > 1 && strcmp(argv[1], "twin") == 0) {
        scenarios_twin = true;
        argc--;
        argv++;
    }
    const struct part *part = find_part(argc, argv, &n);
    const double start = seconds();

    if (!part) {
        fprintf(stderr,
                "usage: %s [twin] quick|once|deep SHAPE|turns|journal|rereads|flicker SEED|refuse "
                "SHAPE|refuse-and-cut SHAPE|refuse-some-and-cut SHAPE, SHAPE below %u\n",
                argv[0], SHAPES);
        return 2;
    }
    part->run(n, &proof);
    const double spent = seconds() - start;
    printf("%llu cuts, %llu refusals, %llu different states, %llu boots, %llu updates retried, 0 "
           "devices stuck, "
           "%.0f s, %.0f cuts a second\n",
           (unsigned long long)proof.cuts, (unsigned long long)proof.refused,
           (unsigned long long)proof.states, (unsigned long long)proof.boots,
           (unsigned long long)proof.retries, spent, (double)proof.cuts / (spent > 0 ? spent : 1));
    return 0;
}
