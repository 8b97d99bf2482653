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

struct glitch_sum glitch_sum(const struct glitch *g, bool twice, int kind)
{
    struct glitch_sum s = {0};

    for (size_t i = 0; i < g->plan.count; i++) {
        const struct glitch_point *p = &g->plan.points[i];
        const struct glitch_result *r = &g->results[i];
        if ((p->after != 0) != twice || (kind >= 0 && p->first.kind != (enum glitch_kind)kind)) {
            continue;
        }
        s.tried += r->end != END_NONE;
        s.won += r->end == END_WON;
        s.confirmed += r->end == END_WON && r->confirmed;
        s.refused += r->end == END_REFUSED;
        s.silent += r->end == END_SILENT;
    }
    return s;
}

static void print_row(FILE *out, const char *name, const struct glitch_sum *s)
{
    if (s->tried) {
        fprintf(out, "%-16s %8zu %8zu %8zu %6zu\n", name, s->tried, s->refused, s->silent, s->won);
    }
}

static void print_sums(const struct glitch *g, FILE *out)
{
    static const char *const rows[2] = {"", "two, first "};

    fprintf(out, "%-16s %8s %8s %8s %6s\n", "fault", "tried", "refused", "silent", "won");
    for (unsigned twice = 0; twice < 2; twice++) {
        for (int k = 0; k < GLITCH_KIND_COUNT; k++) {
            const struct glitch_sum s = glitch_sum(g, twice != 0, k);
            char name[32];
            snprintf(name, sizeof(name), "%s%s", rows[twice],
                     glitch_kind_name((enum glitch_kind)k));
            print_row(out, name, &s);
        }
    }
}

/* ---- wins ---- */

static void print_win(const struct glitch *g, size_t i, const struct names names[CORES], FILE *out)
{
    const struct glitch_point *p = &g->plan.points[i];
    const struct glitch_result *r = &g->results[i];
    const struct names *n = &names[p->core];
    char place[160], point[96];

    fprintf(out, "WIN %s in %s: the %s executes 0x%08X%s\n    again: --only %s\n",
            p->after ? "two faults" : glitch_kind_name(p->first.kind),
            places_format(&n->places, n->symbols, p->pc, place, sizeof(place)),
            r->winner == CM7 ? "M7" : "M4", (unsigned)r->pc,
            r->confirmed ? "" : " (not seen again on a new machine)",
            glitch_format(p, point, sizeof(point)));
}

static void print_wins(const struct glitch *g, const struct names names[CORES], FILE *out)
{
    for (size_t i = 0; i < g->plan.count; i++) {
        if (g->results[i].end == END_WON) {
            print_win(g, i, names, out);
        }
    }
}

void glitch_print(const struct glitch *g, FILE *out)
{
    struct names names[CORES];

    open_both(g, names);
    print_wins(g, names, out);
    print_sums(g, out);
    close_both(names);
}

/* ---- the report ---- */

struct function {
    const char *name;
    enum core_id core;
    size_t tried, won;
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

    if (f->won != g->won) {
        return f->won < g->won ? 1 : -1;
    }
    return f->tried < g->tried ? 1 : f->tried > g->tried ? -1 : strcmp(f->name, g->name);
}

static void print_functions(const struct glitch *g, const struct names names[CORES], FILE *out)
{
    struct function *list = calloc(g->plan.count + 1, sizeof(*list));
    size_t count = 0;

    for (size_t i = 0; list && i < g->plan.count; i++) {
        const struct glitch_point *p = &g->plan.points[i];
        const struct symbols *s = names[p->core].symbols;
        uint32_t offset;
        const char *name = s ? symbols_name(s, p->pc, &offset) : NULL;
        struct function *f = function_of(list, &count, name ? name : "(no name)", p->core);
        f->tried += g->results[i].end != END_NONE;
        f->won += g->results[i].end == END_WON;
    }
    if (list) {
        qsort(list, count, sizeof(*list), most_won);
    }
    fprintf(out, "\ncore  tried    won  function\n");
    for (size_t i = 0; list && i < count; i++) {
        fprintf(out, "%-4s %6zu %6zu  %s\n", list[i].core == CM7 ? "M7" : "M4", list[i].tried,
                list[i].won, list[i].name);
    }
    free(list);
}

void glitch_report(const struct glitch *g, FILE *out)
{
    struct names names[CORES];

    open_both(g, names);
    print_sums(g, out);
    fputc('\n', out);
    print_wins(g, names, out);
    print_functions(g, names, out);
    close_both(names);
}
