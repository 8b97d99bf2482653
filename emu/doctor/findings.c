/* SPDX-License-Identifier: MIT */
#include "emu/doctor/findings.h"

#include <jansson.h>
#include <stdarg.h>
#include <string.h>

#define EARLY "before the hand-over"

static const char *core_name(int core)
{
    return core == CM7 ? "Cortex-M7" : core == CM4 ? "Cortex-M4" : "both cores";
}

const char *place_of(const struct findings *f, int core, uint32_t pc, char *buf, size_t size)
{
    const struct symbols *own = f->board->symbols[core == CM7 || core == CM4 ? core : 2];
    uint32_t off;

    if (!symbols_name(own, pc, &off)) {
        own = f->board->symbols[2];
    }
    return places_format(&f->places, own, pc, buf, size);
}

static int index_of(const struct findings *f, const char *id, int core)
{
    for (unsigned i = 0; i < f->count; i++) {
        if (f->list[i].core == core && strcmp(f->list[i].what->id, id) == 0) {
            return (int)i;
        }
    }
    return -1;
}

bool finding_has(const struct findings *f, const char *id, int core)
{
    return index_of(f, id, core) >= 0;
}

void finding_drop(struct findings *f, const char *id, int core)
{
    int i = index_of(f, id, core);

    if (i < 0) {
        return;
    }
    memmove(&f->list[i], &f->list[i + 1], (f->count - (unsigned)i - 1) * sizeof(f->list[0]));
    f->count--;
}

struct finding *finding_add(struct findings *f, const char *id, int core, uint32_t pc,
                            const char *evidence, ...)
{
    if (f->count == FINDINGS_MAX || finding_has(f, id, core)) {
        return NULL;
    }
    struct finding *n = &f->list[f->count++];
    *n = (struct finding){
        .what = complaint_of(id), .core = core, .pc = pc, .when = machine_now(f->board->m)};
    n->severity = n->what->severity;
    n->early = core >= 0 && n->what->phase == PHASE_AFTER && !f->handover[core].seen;
    if (pc) {
        place_of(f, core, pc, n->place, sizeof(n->place));
    }
    va_list ap;
    va_start(ap, evidence);
    vsnprintf(n->evidence, sizeof(n->evidence), evidence, ap);
    va_end(ap);
    return n;
}

void finding_soften(struct findings *f, const char *id, int core, const char *because)
{
    int i = index_of(f, id, core);

    if (i < 0 || f->list[i].severity == SEV_NOTE) {
        return;
    }
    size_t used = strlen(f->list[i].evidence);
    f->list[i].severity = SEV_NOTE;
    snprintf(f->list[i].evidence + used, sizeof(f->list[i].evidence) - used, "; %s", because);
}

void findings_limit(struct findings *f, const char *text)
{
    for (unsigned i = 0; i < f->nlimits; i++) {
        if (strncmp(f->limits[i], text, sizeof(f->limits[i]) - 1) == 0) {
            return;
        }
    }
    if (f->nlimits < LIMITS_MAX) {
        snprintf(f->limits[f->nlimits++], sizeof(f->limits[0]), "%s", text);
    }
}

enum severity findings_worst(const struct findings *f)
{
    enum severity worst = SEV_NOTE;

    for (unsigned i = 0; i < f->count; i++) {
        if (f->list[i].severity > worst) {
            worst = f->list[i].severity;
        }
    }
    return worst;
}

/* Folds text at `width` columns behind an indent: the reasons are sentences, not log lines. */
static void print_folded(FILE *out, const char *label, const char *text)
{
    enum { INDENT = 12, WIDTH = 100 };
    int column = fprintf(out, "  %-9s ", label);
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column + (int)word > WIDTH && column > INDENT) {
            column = fprintf(out, "\n%*s", INDENT, "") - 1;
        }
        fwrite(text, 1, word, out);
        text += word;
        column += (int)word;
        if (*text == ' ') {
            fputc(' ', out);
            column++;
            text++;
        }
    }
    fputc('\n', out);
}

static void print_one(const struct finding *n, FILE *out)
{
    fprintf(out, "%s %s (%s, %s)\n  %s\n", severity_name(n->severity), n->what->id,
            core_name(n->core), n->early ? EARLY : phase_name(n->what->phase), n->what->title);
    if (n->place[0]) {
        print_folded(out, "where", n->place);
    }
    if (n->evidence[0]) {
        print_folded(out, "seen", n->evidence);
    }
    print_folded(out, "why", n->what->reason);
    print_folded(out, "source", n->what->source);
    print_folded(out, "fix", n->what->fix);
    fputc('\n', out);
}

void findings_print(const struct findings *f, FILE *out)
{
    for (int s = SEV_ERROR; s >= SEV_NOTE; s--) {
        for (unsigned i = 0; i < f->count; i++) {
            if (f->list[i].severity == (enum severity)s) {
                print_one(&f->list[i], out);
            }
        }
    }
    if (f->nlimits) {
        fputs("not judged, because the emulator does not have it:\n", out);
    }
    for (unsigned i = 0; i < f->nlimits; i++) {
        print_folded(out, "", f->limits[i]);
    }
}

static json_t *one_to_json(const struct findings *f, const struct finding *n)
{
    const char *file = "";
    int line = 0;
    bool known = n->pc && places_line(&f->places, n->pc, &file, &line);
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:I}", "id",
                          n->what->id, "severity", severity_name(n->severity), "phase",
                          n->early ? EARLY : phase_name(n->what->phase), "core", core_name(n->core),
                          "title", n->what->title, "evidence", n->evidence, "reason",
                          n->what->reason, "source", n->what->source, "fix", n->what->fix, "time_s",
                          (double)n->when / 1e12, "pc", (json_int_t)n->pc);

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

void findings_json(const struct findings *f, FILE *out)
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
    json_t *doc = json_pack("{s:o, s:o, s:s, s:o, s:o}", "handover", handovers_to_json(f),
                            "without_application", direct, "worst",
                            f->count ? severity_name(findings_worst(f)) : "none", "findings", list,
                            "limits", limits);
    json_dumpf(doc, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(doc);
}
