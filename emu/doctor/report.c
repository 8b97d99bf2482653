/* SPDX-License-Identifier: MIT */
/* The findings as text and as JSON. */
#include "emu/doctor/findings.h"
#include "hostlib/cli.h"

#include <jansson.h>
#include <string.h>

#define EARLY  "before the hand-over"
#define INDENT 12

static const char *core_name(int core)
{
    return core == CM7 ? "Cortex-M7" : core == CM4 ? "Cortex-M4" : "both cores";
}

/* Without a core it is about the two of them, or about something that no core did at that moment.
 */
static const char *whose(const struct finding *n)
{
    return n->core < 0 && n->what->phase != PHASE_BETWEEN ? "the chip" : core_name(n->core);
}

/* ---- text ---- */

/* Where the text goes, and how. */
struct page {
    FILE *out;
    int width; /* columns */
    bool colour;
};

/* Folds text between words: the reasons are sentences, not log lines. A word that is longer than
 * the line keeps its own. `column` is where it begins. */
static void print_folded(const struct page *p, int indent, int column, const char *text)
{
    bool first = true;

    while (*text) {
        int word = (int)strcspn(text, " ");
        if (!first && column + 1 + word > p->width) {
            fprintf(p->out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', p->out);
            column++;
        }
        fwrite(text, 1, (size_t)word, p->out);
        column += word;
        text += word;
        text += strspn(text, " ");
        first = false;
    }
    fputc('\n', p->out);
}

void findings_fold(FILE *out, int width, int indent, const char *text)
{
    const struct page p = {out, width, false};

    print_folded(&p, indent, 0, text);
}

static void print_item(const struct page *p, const char *label, const char *text)
{
    if (text[0]) {
        print_folded(p, INDENT, fprintf(p->out, "  %-9s ", label), text);
    }
}

/* A severity in its colour: red, yellow, cyan. Returns its columns. */
static int print_severity(const struct page *p, enum severity s)
{
    static const char *const colours[] = {"36", "33", "1;31"};

    if (p->colour) {
        fprintf(p->out, "\033[%sm%s\033[0m", colours[s], severity_name(s));
    } else {
        fputs(severity_name(s), p->out);
    }
    return (int)strlen(severity_name(s));
}

/* The same finding on the other core; the reader needs its reason once. */
static const struct finding *twin_of(const struct findings *f, const struct finding *n)
{
    for (unsigned i = 0; i < f->count && n->core >= 0; i++) {
        const struct finding *t = &f->list[i];
        if (t->id == n->id && t->core == !n->core && t->severity == n->severity &&
            t->early == n->early && t->reason == n->reason && t->fix == n->fix &&
            t->cause == n->cause) {
            return t;
        }
    }
    return NULL;
}

static void print_seen(const struct page *p, const struct finding *n, const struct finding *twin)
{
    char line[sizeof(n->place) + sizeof(n->evidence) + 16];
    const struct finding *both[] = {n, twin};

    if (!twin) {
        print_item(p, "where", n->place);
        print_item(p, "seen", n->evidence);
        return;
    }
    for (int i = 0; i < 2; i++) {
        const char *comma = both[i]->place[0] ? ": " : "";
        snprintf(line, sizeof(line), "%s%s%s", both[i]->place, comma, both[i]->evidence);
        print_item(p, both[i]->core == CM7 ? "M7" : "M4", line);
    }
}

static void print_head(const struct page *p, enum severity s, const char *text)
{
    int column = print_severity(p, s);

    fputc(' ', p->out);
    print_folded(p, 2, column + 1, text);
}

static void print_one(const struct findings *f, const struct finding *n, const struct page *p)
{
    const struct finding *twin = twin_of(f, n);
    char line[96];

    snprintf(line, sizeof(line), "%s (%s, %s)", n->what->id, twin ? core_name(-1) : whose(n),
             n->early ? EARLY : phase_name(n->what->phase));
    print_head(p, n->severity, line);
    fputs("  ", p->out);
    print_folded(p, 2, 2, n->what->title);
    print_seen(p, n, twin);
    if (n->cause != FIND_COUNT) {
        snprintf(line, sizeof(line), "from %s: see there for the fix", catalogue[n->cause].id);
        print_item(p, "follows", line);
    } else {
        print_item(p, "why", n->reason);
        print_item(p, "source", n->what->source);
        print_item(p, "fix", n->fix);
    }
    fputc('\n', p->out);
}

static unsigned count_of(const struct findings *f, enum severity s)
{
    unsigned n = 0;

    for (unsigned i = 0; i < f->count; i++) {
        n += f->list[i].severity == s;
    }
    return n;
}

/* In the order in which one reads them: the worst first, a cause before what follows from it. */
static const struct finding *next_in_order(const struct findings *f, unsigned n)
{
    for (int s = SEV_ERROR; s >= SEV_NOTE; s--) {
        for (int follows = 0; follows < 2; follows++) {
            for (unsigned i = 0; i < f->count; i++) {
                const struct finding *x = &f->list[i];
                bool here = x->severity == (enum severity)s && (x->cause != FIND_COUNT) == follows;
                if (here && n-- == 0) {
                    return x;
                }
            }
        }
    }
    return NULL;
}

void findings_summary(const struct findings *f, FILE *out)
{
    const char *comma = "";

    for (int s = SEV_ERROR; s >= SEV_NOTE; s--) {
        unsigned n = count_of(f, (enum severity)s);
        if (n) {
            fprintf(out, "%s%u %s%s", comma, n, severity_name((enum severity)s), n == 1 ? "" : "s");
            comma = ", ";
        }
    }
    if (f->count) {
        fprintf(out, "; begin with %s\n", next_in_order(f, 0)->what->id);
    }
}

void findings_print(const struct findings *f, FILE *out, int width, bool colour)
{
    const struct page p = {out, width, colour};
    const struct finding *n;

    for (unsigned i = 0; (n = next_in_order(f, i)); i++) {
        const struct finding *twin = twin_of(f, n);
        if (!twin || n < twin) {
            print_one(f, n, &p);
        }
    }
    if (f->nlimits) {
        fputs("not judged, because the emulator does not have it:\n", out);
    }
    for (unsigned i = 0; i < f->nlimits; i++) {
        print_item(&p, "", f->limits[i]);
    }
}

void finding_print_entry(enum finding_id id, FILE *out, int width, bool colour)
{
    const struct page p = {out, width, colour};
    const struct complaint *c = &catalogue[id];
    char head[96];

    snprintf(head, sizeof(head), "%s (%s)", c->id, phase_name(c->phase));
    print_head(&p, c->severity, head);
    fputs("  ", out);
    print_folded(&p, 2, 2, c->title);
    print_item(&p, "why", c->reason);
    print_item(&p, "source", c->source);
    print_item(&p, "fix", c->fix);
}

/* ---- JSON ---- */

static json_t *one_to_json(const struct findings *f, const struct finding *n)
{
    const char *file = "";
    int line = 0;
    bool known = n->pc && places_line(&f->places, n->pc, &file, &line);
    json_t *o = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:I}", "id", n->what->id, "severity",
        severity_name(n->severity), "phase", n->early ? EARLY : phase_name(n->what->phase), "core",
        whose(n), "title", n->what->title, "evidence", n->evidence, "reason", n->reason, "source",
        n->what->source, "fix", n->fix, "time_s", (double)n->when / 1e12, "pc", (json_int_t)n->pc);

    if (o && n->cause != FIND_COUNT) {
        json_object_set_new(o, "follows_from", json_string(catalogue[n->cause].id));
    }
    if (o && n->place[0]) {
        json_object_set_new(o, "place", json_string(n->place));
    }
    if (o && known) {
        json_object_set_new(o, "file", json_string(file));
        json_object_set_new(o, "line", json_integer(line));
    }
    return o;
}

static json_t *handovers_to_json(const struct findings *f)
{
    json_t *list = json_array();

    for (int i = 0; i < CORES; i++) {
        if (f->handover[i].seen) {
            json_array_append_new(list,
                                  json_pack("{s:s, s:f, s:I}", "core", core_name(i), "time_s",
                                            (double)f->handover[i].when / 1e12, "instructions",
                                            (json_int_t)f->handover[i].insns));
        }
    }
    return list;
}

bool findings_json(const struct findings *f)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < f->count; i++) {
        json_array_append_new(list, one_to_json(f, &f->list[i]));
    }
    json_t *limits = json_array();
    for (unsigned i = 0; i < f->nlimits; i++) {
        json_array_append_new(limits, json_string(f->limits[i]));
    }
    json_t *direct = json_array();
    for (int i = 0; i < CORES; i++) {
        if (f->direct[i]) {
            json_array_append_new(direct, json_string(core_name(i)));
        }
    }
    return cli_put_json(json_pack("{s:o, s:o, s:s, s:o, s:o}", "handover", handovers_to_json(f),
                                  "without_application", direct, "worst",
                                  f->count ? severity_name(findings_worst(f)) : "none", "findings",
                                  list, "limits", limits));
}
