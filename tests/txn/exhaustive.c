/*
 * The exhaustive proof: which scenarios, on which shapes of sets, with cuts nested how deep.
 * docs/transaction.md, "Proof", says what that comes to.
 *
 * usage: txn_exhaustive quick|once|deep SHAPE|turns|journal|flicker
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/txn/scenarios.h"

#define TURN_SHAPE   3u  /* most unlike on both cores */
#define FEWEST_SHAPE 4u  /* of the fewest operations: M4 unchanged */
#define TURN_WITHIN  48u /* words left at the most when a scenario begins that has to turn */

struct proof {
    bool flickers; /* marginal words differ from read to read, not from power-up to power-up */
    uint64_t cuts, states, retries, boots;
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
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
    w.sim.flickers = proof->flickers;
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
static void run_turns(unsigned depth, unsigned step, struct proof *proof)
{
    for (unsigned left = 1; left < TURN_WITHIN; left += step) {
        run(&turn_in_download, &shapes[TURN_SHAPE], depth, left, proof);
        run(&turn_in_rollback, &shapes[TURN_SHAPE], depth, left, proof);
    }
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

/* ---- Parts of the proof ---- */

static void quick(unsigned shape, struct proof *proof)
{
    (void)shape;
    run_shape(1, TURN_SHAPE, proof);
    run_shape(1, 1, proof);
    run_shape(1, FEWEST_SHAPE, proof);
    run_turns(1, 6, proof);
    run_journal(2, proof);
}

static void once(unsigned shape, struct proof *proof)
{
    (void)shape;
    for (unsigned s = 0; s < SHAPES; s++) {
        run_shape(1, s, proof);
    }
    run_turns(1, 1, proof);
}

static void deep(unsigned shape, struct proof *proof)
{
    run_shape(2, shape, proof);
}

static void turns(unsigned shape, struct proof *proof)
{
    (void)shape;
    run_turns(2, 12, proof);
}

static void journal(unsigned shape, struct proof *proof)
{
    (void)shape;
    run_journal(3, proof);
}

static void flicker(unsigned shape, struct proof *proof)
{
    (void)shape;
    proof->flickers = true;
    run_journal(3, proof);
    run_turns(1, 6, proof);
    run_shape(2, FEWEST_SHAPE, proof);
}

static const struct part {
    const char *name;
    bool shape;
    void (*run)(unsigned shape, struct proof *proof);
} parts[] = {
    {"quick", false, quick},     /* some of it, for sanitizers and the mutation check */
    {"once", false, once},       /* every operation of everything is cut once */
    {"deep", true, deep},        /* one shape of sets with cuts nested to depth 2 */
    {"turns", false, turns},     /* the same for updates in which the journal turns */
    {"journal", false, journal}, /* the journal alone, to depth 3, and turning it to depth 2 */
    {"flicker", false, flicker}, /* a part of all, to depth 2, with words that never settle */
};

static const struct part *find_part(int argc, char **argv)
{
    for (unsigned i = 0; argc > 1 && i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strcmp(parts[i].name, argv[1]) == 0 && argc == (parts[i].shape ? 3 : 2)) {
            return &parts[i];
        }
    }
    return NULL;
}

static bool number_below(const char *text, unsigned limit, unsigned *n)
{
    char *end;

    *n = (unsigned)strtoul(text, &end, 10);
    return end != text && *end == '\0' && *n < limit;
}

int main(int argc, char **argv)
{
    struct proof proof = {0};
    const struct part *part = find_part(argc, argv);
    unsigned shape = 0;
    const double start = seconds();

    if (!part || (part->shape && !number_below(argv[2], SHAPES, &shape))) {
        fprintf(stderr, "usage: %s quick|once|deep SHAPE|turns|journal|flicker, SHAPE below %u\n",
                argv[0], SHAPES);
        return 2;
    }
    part->run(shape, &proof);
    printf("%llu cuts, %llu different states, %llu boots, %llu updates retried, 0 devices stuck, "
           "%.0f s\n",
           (unsigned long long)proof.cuts, (unsigned long long)proof.states,
           (unsigned long long)proof.boots, (unsigned long long)proof.retries, seconds() - start);
    return 0;
}
