/*
 * The exhaustive proof: which scenarios, on which shapes of sets, with cuts nested how deep.
 * docs/transaction.md, "Proof", says what that comes to.
 *
 * usage: txn_exhaustive [LEVEL [SHAPE]], or DUO_TXN_LEVEL=LEVEL; SHAPE is for "deep"
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/txn/scenarios.h"

#define ALL_SHAPES  UINT32_MAX
#define TURN_SHAPE  3u  /* most unlike on both cores */
#define DEEP_SHAPE  4u  /* the fewest operations: M4 unchanged */
#define TURN_WITHIN 48u /* words left at the most when a scenario begins that has to turn */

struct totals {
    uint64_t cuts, states, retries, boots;
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run(const struct scenario *s, const struct shape *shape, unsigned depth, unsigned left,
                struct totals *totals)
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
    explore(&e, false);
    s->run(&e);
    explore(&e, false);
    world_update(&w, SET_C, false);
    printf("%-48s depth %u: %8llu cuts %8llu states %7.1f s\n", title, depth,
           (unsigned long long)e.cuts, (unsigned long long)e.states, seconds() - start);
    fflush(stdout);
    totals->cuts += e.cuts;
    totals->states += e.states;
    totals->retries += e.retries;
    totals->boots += w.boots;
    explore_free(&e);
    world_free(&w);
}

static void run_all(unsigned depth, unsigned only_shape, struct totals *totals)
{
    for (unsigned s = 0; s < SHAPES; s++) {
        if (only_shape != ALL_SHAPES && only_shape != s) {
            continue;
        }
        for (unsigned i = 0; i < SCENARIOS; i++) {
            if (scenario_fits(&scenarios[i], &shapes[s])) {
                run(&scenarios[i], &shapes[s], depth, 0, totals);
            }
        }
    }
}

static void run_turns(unsigned depth, unsigned step, struct totals *totals)
{
    for (unsigned left = 1; left < TURN_WITHIN; left += step) {
        run(&turn_in_download, &shapes[TURN_SHAPE], depth, left, totals);
        run(&turn_in_rollback, &shapes[TURN_SHAPE], depth, left, totals);
    }
}

static void run_journal(unsigned depth, struct totals *totals)
{
    run(&journal_scenario, &shapes[TURN_SHAPE], depth, 0, totals);
}

/* ---- Levels ---- */

static void quick(struct totals *t)
{
    run_all(1, TURN_SHAPE, t);
    run_all(1, 1, t);
    run_all(1, DEEP_SHAPE, t);
    run_turns(1, 6, t);
    run_journal(3, t);
}

static void once(struct totals *t)
{
    run_all(1, ALL_SHAPES, t);
    run_turns(1, 3, t);
    run_journal(3, t);
}

static unsigned deep_shape = DEEP_SHAPE;

static void deep(struct totals *t)
{
    run_all(2, deep_shape, t);
}

static void check(struct totals *t)
{
    once(t);
    deep(t);
}

static void full(struct totals *t)
{
    run_all(2, ALL_SHAPES, t);
    run_turns(2, 3, t);
    run_journal(4, t);
}

static const struct level {
    const char *name;
    void (*run)(struct totals *t);
} levels[] = {
    {"quick", quick}, /* under sanitizers, and for the mutation check */
    {"once", once},   /* every operation of everything is cut once */
    {"deep", deep},   /* one shape with cuts nested to depth 2 */
    {"check", check}, /* both; what make check does */
    {"full", full},   /* everything to depth 2, the journal to depth 4: hours */
};

static const struct level *find_level(const char *name)
{
    for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (strcmp(levels[i].name, name) == 0) {
            return &levels[i];
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
    struct totals t = {0};
    const char *set = getenv("DUO_TXN_LEVEL");
    const struct level *level = find_level(argc > 1 ? argv[1] : set ? set : "check");
    const double start = seconds();

    if (!level || (argc > 2 && !number_below(argv[2], SHAPES, &deep_shape))) {
        fprintf(stderr, "usage: %s [quick|once|deep|check|full [SHAPE below %u]]\n", argv[0],
                SHAPES);
        return 2;
    }
    level->run(&t);
    printf("%llu cuts, %llu different states, %llu boots, %llu updates retried, 0 devices stuck, "
           "%.0f s\n",
           (unsigned long long)t.cuts, (unsigned long long)t.states, (unsigned long long)t.boots,
           (unsigned long long)t.retries, seconds() - start);
    return 0;
}
