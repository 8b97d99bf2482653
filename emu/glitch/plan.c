/* SPDX-License-Identifier: MIT */
#include "emu/glitch/plan.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_SIZE 65536u /* more than the instructions of both bootloaders together */

/* Most pairs that belong together lie close: a check and the one that was to catch its failure.
 * Distances are drawn up to 2^15 cycles, each power of two as often as the next. */
#define TWICE_BITS 15u

/* xorshift64*: repeats exactly on each machine. */
static uint64_t draw(uint64_t *state)
{
    uint64_t x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * 0x2545F4914F6CDD1Dull >> 16;
}

static uint64_t seeded(uint64_t seed)
{
    return seed * 0x9E3779B97F4A7C15ull + 0xD1B54A32D192ED03ull;
}

/* ---- coverage ---- */

static struct executed *entry_of(struct coverage *c, uint32_t pc)
{
    size_t i = (pc >> 1) * 0x9E3779B1u % TABLE_SIZE;

    while (c->table[i].count && c->table[i].pc != pc) {
        i = (i + 1) % TABLE_SIZE;
    }
    return &c->table[i];
}

/* An IT block is left as a whole: what strikes in it is prepared before its first instruction. */
static void note_it_block(struct coverage *c, uint32_t pc, vtime_t now)
{
    uint32_t opcode, at = pc + 2;

    glitch_opcode(c->m, c->core, pc, &opcode);
    if ((opcode & 0xFF00u) != 0xBF00u || (opcode & 0xFu) == 0) {
        return;
    }
    for (uint32_t mask = opcode & 0xFu; mask; mask = mask << 1 & 0xFu) {
        uint32_t inner;
        at += glitch_opcode(c->m, c->core, at, &inner);
    }
    c->it_first = pc + 2;
    c->it_end = at;
    c->it_at = now;
}

static void count_pass(struct coverage *c, struct executed *e, vtime_t at)
{
    const uint64_t n = e->count++;

    if (n < 2) {
        e->at[n] = at;
    } else if (draw(&c->random) % (n - 1) == 0) {
        e->at[2] = at;
    }
    e->at[PASSES - 1] = at;
}

static void executed(void *arg, struct core *core, uint32_t pc)
{
    struct coverage *c = arg;
    const vtime_t now = machine_core_time(c->m, core_ident(core));
    struct executed *e = entry_of(c, pc);

    if (*c->over || (e->count == 0 && c->used > TABLE_SIZE / 2)) {
        return;
    }
    if (e->count == 0) {
        e->pc = pc;
        c->used++;
    }
    const bool inside = pc - c->it_first < c->it_end - c->it_first;
    count_pass(c, e, inside ? c->it_at : now);
    if (!inside) {
        note_it_block(c, pc, now);
    }
}

bool coverage_start(struct coverage *c, struct machine *m, enum core_id core, uint64_t seed,
                    const bool *over)
{
    const struct observer watch = {
        .arg = c, .cores = 1u << core, .on_insn = executed, .insn_hi = UINT32_MAX};

    memset(c, 0, sizeof(*c));
    c->m = m;
    c->core = core;
    c->random = seeded(seed);
    c->table = calloc(TABLE_SIZE, sizeof(*c->table));
    c->over = over;
    if (c->table) {
        machine_observe(m, &watch);
    }
    return c->table;
}

void coverage_free(struct coverage *c)
{
    free(c->table);
    c->table = NULL;
}

/* ---- the plan ---- */

static bool add(struct glitch_plan *p, const struct glitch_point *point)
{
    if (p->count == p->room) {
        const size_t room = p->room ? 2 * p->room : 4096;
        void *bigger = realloc(p->points, room * sizeof(*p->points));
        if (!bigger) {
            return false;
        }
        p->points = bigger;
        p->room = room;
    }
    p->points[p->count++] = *point;
    return true;
}

/* Kept passes of an instruction; of one with fewer passes the rest would be the same again. */
static unsigned passes(const struct executed *e)
{
    return e->count < PASSES ? (unsigned)e->count : PASSES;
}

static vtime_t pass_time(const struct executed *e, unsigned n)
{
    return n + 1 == passes(e) ? e->at[PASSES - 1] : e->at[n];
}

/* All instructions in one list, so that each is drawn as often as any other. `first`: the first
 * pass that is not too early. */
struct list {
    struct {
        enum core_id core;
        const struct executed *e;
        unsigned first;
    } *of;
    size_t count;
};

static unsigned first_pass(const struct executed *e, vtime_t from)
{
    unsigned n = 0;

    while (n < passes(e) && pass_time(e, n) < from) {
        n++;
    }
    return n;
}

static bool wanted(const struct glitch_want *want, enum core_id core, uint32_t pc)
{
    uint32_t offset;
    const char *name;

    if (!want->in) {
        return true;
    }
    name = symbols_name(want->symbols[core], pc, &offset);
    return name && strcmp(name, want->in) == 0;
}

static bool make_list(struct list *l, const struct glitch_want *want,
                      const struct coverage coverage[CORES])
{
    l->count = 0;
    l->of = malloc(2u * TABLE_SIZE * sizeof(*l->of));
    for (unsigned c = 0; l->of && c < CORES; c++) {
        for (size_t i = 0; want->core[c] && i < TABLE_SIZE; i++) {
            const struct executed *e = &coverage[c].table[i];
            const unsigned first = first_pass(e, want->from);
            if (first < passes(e) && wanted(want, (enum core_id)c, e->pc)) {
                l->of[l->count].core = (enum core_id)c;
                l->of[l->count].first = first;
                l->of[l->count++].e = e;
            }
        }
    }
    return l->of;
}

static bool add_all(struct glitch_plan *p, const struct list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct executed *e = l->of[i].e;
        for (unsigned n = l->of[i].first; n < passes(e); n++) {
            const struct glitch_point point = {
                .core = l->of[i].core, .at = pass_time(e, n), .pc = e->pc};
            if (!add(p, &point)) {
                return false;
            }
        }
    }
    return true;
}

static struct glitch_fault draw_fault(const struct glitch_want *want, uint64_t *random)
{
    struct glitch_fault f;

    do {
        f.kind = (enum glitch_kind)(draw(random) % GLITCH_KIND_COUNT);
    } while (!want->kinds[f.kind]);
    /* Results and arguments of calls are in r0 to r3: half of the faults strike there. */
    f.reg = (uint8_t)(draw(random) & 1 ? draw(random) % 4 : draw(random) % (GLITCH_FLAGS + 1u));
    f.bit = (uint8_t)(draw(random) % 32);
    if (f.kind == GLITCH_FLIP && f.reg == GLITCH_FLAGS) {
        f.bit = (uint8_t)(28 + f.bit % 4);
    }
    return f;
}

static bool add_drawn(struct glitch_plan *p, const struct list *l, const struct glitch_want *want,
                      bool twice, uint64_t *random)
{
    const size_t i = draw(random) % l->count;
    const struct executed *e = l->of[i].e;
    struct glitch_point point = {.core = l->of[i].core, .pc = e->pc};

    const unsigned first = l->of[i].first;
    point.at = pass_time(e, first + (unsigned)(draw(random) % (passes(e) - first)));
    point.first = draw_fault(want, random);
    if (twice) {
        const uint32_t up_to = 1u << draw(random) % (TWICE_BITS + 1u);
        point.second = draw_fault(want, random);
        point.after = 1u + (uint32_t)(draw(random) % up_to);
    }
    return add(p, &point);
}

static int order(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static uint64_t fault_key(const struct glitch_fault *f)
{
    return (uint64_t)f->kind << 16 | (uint64_t)f->reg << 8 | f->bit;
}

/* By time, and without ties but between draws of the same: the shares of a plan are the same
 * everywhere, and what devices have in common lies together. */
static int by_time(const void *a, const void *b)
{
    const struct glitch_point *p = a, *q = b;
    const uint64_t keys[][2] = {
        {p->at, q->at},       {p->core, q->core},
        {p->pc, q->pc},       {fault_key(&p->first), fault_key(&q->first)},
        {p->after, q->after}, {fault_key(&p->second), fault_key(&q->second)},
    };
    int found = 0;

    for (unsigned i = 0; !found && i < sizeof(keys) / sizeof(keys[0]); i++) {
        found = order(keys[i][0], keys[i][1]);
    }
    return found;
}

/* What one device has drawn twice stays two points. */
static void join_devices(struct glitch_plan *p)
{
    size_t kept = 0;

    for (size_t i = 0; i < p->count; i++) {
        struct glitch_point *last = kept ? &p->points[kept - 1] : NULL;
        if (last && by_time(last, &p->points[i]) == 0 && !(last->devices & p->points[i].devices)) {
            last->devices |= p->points[i].devices;
        } else {
            p->points[kept++] = p->points[i];
        }
    }
    p->count = kept;
}

/* Each share goes through the whole boot, so all take equally long. */
static void keep_share(struct glitch_plan *p, const struct glitch_want *want)
{
    size_t kept = 0;

    for (size_t i = want->share; want->shares && i < p->count; i += want->shares) {
        p->points[kept++] = p->points[i];
    }
    if (want->shares) {
        p->count = kept;
    }
}

bool glitch_plan_add(struct glitch_plan *p, const struct glitch_want *want, unsigned device,
                     const struct coverage coverage[CORES])
{
    uint64_t random = seeded(want->seed + 1);
    const size_t before = p->count;
    struct list l;
    bool ok = make_list(&l, want, coverage);

    if (ok && want->all) {
        ok = add_all(p, &l);
    }
    for (unsigned long long i = 0; ok && l.count && i < want->sample + want->twice; i++) {
        ok = add_drawn(p, &l, want, i >= want->sample, &random);
    }
    free(l.of);
    for (size_t i = before; i < p->count; i++) {
        p->points[i].devices = 1u << device;
    }
    return ok;
}

void glitch_plan_sort(struct glitch_plan *p, const struct glitch_want *want)
{
    if (p->count) {
        qsort(p->points, p->count, sizeof(*p->points), by_time);
    }
    join_devices(p);
    keep_share(p, want);
}

void glitch_plan_free(struct glitch_plan *p)
{
    free(p->points);
    memset(p, 0, sizeof(*p));
}
