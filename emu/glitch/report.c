/* SPDX-License-Identifier: MIT */
#include "emu/glitch/report.h"

#include "emu/doctor/places.h"
#include "hostlib/symbols.h"

#include <stdlib.h>
#include <string.h>

/* Names of one core's instructions. */
struct names {
    struct symbols *symbols;
    struct places places;
};

static void names_open(struct names *n, const char *elf)
{
    char err[256];

    memset(n, 0, sizeof(*n));
    n->symbols = symbols_new();
    if (elf && n->symbols && symbols_add(n->symbols, elf, err, sizeof(err))) {
        places_add(&n->places, elf);
    }
}

static void names_close(struct names *n)
{
    symbols_free(n->symbols);
    places_free(&n->places);
}

static void open_both(const struct glitch *g, struct names names[CORES])
{
    names_open(&names[CM7], g->setup.args.m7);
    names_open(&names[CM4], g->setup.args.m4);
}

static void close_both(struct names names[CORES])
{
    names_close(&names[CM7]);
    names_close(&names[CM4]);
}

/* ---- sums ---- */

static void count_result(struct glitch_sum *s, const struct glitch_result *r)
{
    s->planned++;
    s->tried += r->end != END_NONE;
    s->won += r->end == END_WON;
    s->confirmed += r->end == END_WON && r->confirmed;
    s->refused += r->end == END_REFUSED;
    s->silent += r->end == END_SILENT;
}

struct glitch_sum glitch_sum(const struct glitch *g, unsigned device, bool twice, int kind)
{
    struct glitch_sum s = {0};

    for (size_t i = 0; i < g->plan.count; i++) {
        const struct glitch_point *p = &g->plan.points[i];
        const struct glitch_result *r = &g->results[device][i];
        if (!(p->devices >> device & 1) || (p->after != 0) != twice ||
            (kind >= 0 && p->first.kind != (enum glitch_kind)kind)) {
            continue;
        }
        count_result(&s, r);
    }
    return s;
}

static void print_row(FILE *out, const char *name, const struct glitch_sum *s)
{
    if (s->tried) {
        fprintf(out, "%-16s %8zu %8zu %8zu %6zu\n", name, s->tried, s->refused, s->silent, s->won);
    }
}

/* Which one, where there are several. */
static void print_device(const struct glitch *g, unsigned device, FILE *out)
{
    for (unsigned i = 0; g->setup.others && i < g->setup.nflips; i++) {
        if (g->setup.flips[i].device == device) {
            fprintf(out, "0x%08X altered:\n", (unsigned)g->setup.flips[i].addr);
        }
    }
}

static void print_sums(const struct glitch *g, unsigned device, FILE *out)
{
    static const char *const rows[2] = {"", "two, first "};

    fprintf(out, "%-16s %8s %8s %8s %6s\n", "fault", "tried", "refused", "silent", "won");
    for (unsigned twice = 0; twice < 2; twice++) {
        for (int k = 0; k < GLITCH_KIND_COUNT; k++) {
            const struct glitch_sum s = glitch_sum(g, device, twice != 0, k);
            char name[32];
            snprintf(name, sizeof(name), "%s%s", rows[twice],
                     glitch_kind_name((enum glitch_kind)k));
            print_row(out, name, &s);
        }
    }
}

/* ---- wins ---- */

static void print_win(const struct glitch *g, unsigned device, size_t i,
                      const struct names names[CORES], FILE *out)
{
    const struct glitch_point *p = &g->plan.points[i];
    const struct glitch_result *r = &g->results[device][i];
    const struct names *n = &names[p->core];
    char place[160], point[96];

    fprintf(out, "WIN %s in %s: the %s executes 0x%08X%s\n    again: --only %s\n",
            p->after ? "two faults" : glitch_kind_name(p->first.kind),
            places_format(&n->places, n->symbols, p->pc, place, sizeof(place)),
            r->winner == CM7 ? "M7" : "M4", (unsigned)r->pc,
            r->confirmed ? "" : " (not seen again on a new machine)",
            glitch_format(p, point, sizeof(point)));
}

static void print_wins(const struct glitch *g, unsigned device, const struct names names[CORES],
                       FILE *out)
{
    for (size_t i = 0; i < g->plan.count; i++) {
        if (g->results[device][i].end == END_WON) {
            print_win(g, device, i, names, out);
        }
    }
}

void glitch_print(const struct glitch *g, unsigned device, FILE *out)
{
    struct names names[CORES];

    open_both(g, names);
    print_device(g, device, out);
    print_wins(g, device, names, out);
    print_sums(g, device, out);
    close_both(names);
}

/* ---- the report ---- */

struct function {
    const char *name;
    enum core_id core;
    struct glitch_sum sum;
};

static struct function *function_of(struct function *list, size_t *count, const char *name,
                                    enum core_id core)
{
    for (size_t i = 0; i < *count; i++) {
        if (list[i].core == core && strcmp(list[i].name, name) == 0) {
            return &list[i];
        }
    }
    list[*count] = (struct function){.name = name, .core = core};
    return &list[(*count)++];
}

static int most_won(const void *a, const void *b)
{
    const struct function *f = a, *g = b;

    if (f->sum.won != g->sum.won) {
        return f->sum.won < g->sum.won ? 1 : -1;
    }
    if (f->sum.tried != g->sum.tried) {
        return f->sum.tried < g->sum.tried ? 1 : -1;
    }
    return strcmp(f->name, g->name);
}

static void count_function(const struct glitch *g, unsigned device, size_t i, const struct names *n,
                           struct function *list, size_t *count)
{
    const struct glitch_point *p = &g->plan.points[i];
    uint32_t offset;

    if (p->devices >> device & 1) {
        const char *name = n->symbols ? symbols_name(n->symbols, p->pc, &offset) : NULL;
        struct function *f = function_of(list, count, name ? name : "(no name)", p->core);
        count_result(&f->sum, &g->results[device][i]);
    }
}

static void print_functions(const struct glitch *g, unsigned device,
                            const struct names names[CORES], FILE *out)
{
    struct function *list = calloc(g->plan.count + 1, sizeof(*list));
    size_t count = 0;

    for (size_t i = 0; list && i < g->plan.count; i++) {
        count_function(g, device, i, &names[g->plan.points[i].core], list, &count);
    }
    if (list) {
        qsort(list, count, sizeof(*list), most_won);
    }
    fprintf(out, "\ncore  tried refused silent    won  function\n");
    for (size_t i = 0; list && i < count; i++) {
        const struct glitch_sum *sum = &list[i].sum;
        fprintf(out, "%-4s %6zu %7zu %6zu %6zu  %s\n", list[i].core == CM7 ? "M7" : "M4",
                sum->tried, sum->refused, sum->silent, sum->won, list[i].name);
    }
    free(list);
}

void glitch_report(const struct glitch *g, FILE *out)
{
    struct names names[CORES];

    open_both(g, names);
    for (unsigned i = 0; i < glitch_devices(g); i++) {
        print_device(g, i, out);
        print_sums(g, i, out);
        fputc('\n', out);
        print_wins(g, i, names, out);
        print_functions(g, i, names, out);
        fputs(i < g->setup.others ? "\n" : "", out);
    }
    close_both(names);
}
