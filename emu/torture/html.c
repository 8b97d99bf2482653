/* SPDX-License-Identifier: MIT */
#include "emu/torture/html.h"

#include "emu/cli/cli.h"
#include "emu/cli/powercut.h"
#include "emu/torture/reproduce.h"

#include <errno.h>
#include <string.h>

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>duoemu torture</title>\n"
    "<style>body{font:14px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1240px;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;border-bottom:1px solid #ddd;"
    "text-align:right}td:first-child,th:first-child{text-align:left}"
    "code{font:12px monospace;overflow-wrap:anywhere}.bad{color:#b00020;font-weight:bold}"
    "svg{background:#fafafa}svg .in{font-size:10px;fill:#222}svg .stage{font-size:11px;"
    "fill:#7a4fb5}.key span{padding:0 .6em;margin-right:.6em;border:1px solid #999;color:#222}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}svg{background:#262626}"
    "svg text{fill:#ddd}svg .stage{fill:#b79be0}td,th{border-color:#444}}</style>\n";

static void put_text(FILE *f, const char *text)
{
    for (; *text; text++) {
        if (*text == '<') {
            fputs("&lt;", f);
        } else if (*text == '&') {
            fputs("&amp;", f);
        } else {
            fputc(*text, f);
        }
    }
}

/* ---- what was tried ---- */

static void put_set(FILE *f, const struct torture *t, unsigned set)
{
    const struct duo_version *m7 = &t->oracle.version[set][DUO_CM7],
                             *m4 = &t->oracle.version[set][DUO_CM4];

    fprintf(f, "M7 %u.%u.%u+%u with M4 %u.%u.%u+%u", m7->major, m7->minor, m7->revision,
            (unsigned)m7->build, m4->major, m4->minor, m4->revision, (unsigned)m4->build);
}

static void write_intro(const struct torture *t, FILE *f)
{
    fprintf(f, "%s<h1>Power cuts during one exchange of the sets</h1>\n<p>Set before: ", head);
    put_set(f, t, 0);
    fprintf(f, ". Set after: ");
    put_set(f, t, 1);
    fprintf(f, ". Bootloaders: <code>");
    put_text(f, t->args.m7 ? t->args.m7 : "in the flash file");
    fprintf(f, "</code>, <code>");
    put_text(f, t->args.m4 ? t->args.m4 : "in the flash file");
    fprintf(f, "</code>. Device: <code>");
    put_text(f, t->args.flash_file);
    fprintf(f,
            "</code>, seed %llu. Without a cut the exchange takes %zu flash operations and, with "
            "both boots, %.3f s.</p>\n",
            t->args.seed, t->log.count, (double)t->log.length / (double)VT_S);
}

/* ---- what came of it ---- */

enum { PLACE_PROGRAM, PLACE_ERASE, PLACE_MOMENT, PLACE_RESET, PLACES };

static unsigned place_of(const struct torture *t, const struct cut *c)
{
    if (c->reset != RESET_POWER_ON) {
        return PLACE_RESET;
    }
    if (!c->by_op) {
        return PLACE_MOMENT;
    }
    return c->op <= t->log.count && t->log.ops[c->op - 1].erase ? PLACE_ERASE : PLACE_PROGRAM;
}

static void write_row(FILE *f, const char *name, const size_t count[PLACES], bool bad)
{
    size_t all = 0;

    for (unsigned p = 0; p < PLACES; p++) {
        all += count[p];
    }
    if (!all) {
        return;
    }
    fprintf(f, "<tr%s><td>%s</td>", bad ? " class=\"bad\"" : "", name);
    for (unsigned p = 0; p < PLACES; p++) {
        fprintf(f, "<td>%zu</td>", count[p]);
    }
    fprintf(f, "</tr>\n");
}

static void write_tables(const struct torture *t, FILE *f)
{
    size_t by_outcome[CUT_MARGINAL + 1][PLACES] = {{0}}, by_verdict[VERDICT_LOCKUP + 1][PLACES];

    memset(by_verdict, 0, sizeof(by_verdict));
    for (size_t i = 0; i < t->plan.count; i++) {
        const struct cut *c = &t->plan.cuts[i];
        by_outcome[c->outcome][place_of(t, c)]++;
        by_verdict[torture_verdict(t, i)][place_of(t, c)]++;
    }
    fprintf(f, "<table><tr><th>cut so that it is left</th><th>while programming</th><th>while "
               "erasing</th><th>at any moment</th><th>resets</th></tr>\n");
    for (unsigned o = 0; o <= CUT_MARGINAL; o++) {
        write_row(f, cut_outcome_name((enum cut_outcome)o), by_outcome[o], false);
    }
    fprintf(f, "<tr><th>the device runs</th></tr>\n");
    for (unsigned v = 0; v <= VERDICT_LOCKUP; v++) {
        write_row(f, verdict_name((enum verdict)v), by_verdict[v], !verdict_good((enum verdict)v));
    }
    fprintf(f, "</table>\n");
}

static void write_figures(const struct torture *t, FILE *f)
{
    struct torture_sum s = torture_sum(t);

    fprintf(
        f,
        "<p>%zu devices lost their power, %zu of them twice: %zu run the set after, %zu the set "
        "before, <b%s>%zu are stuck or broken</b>. At most %u power cycles and %.2f s until both "
        "applications ran; at most %llu flash operations were repeated.</p>\n",
        s.cuts, s.twice, s.after, s.before, s.bad ? " class=\"bad\"" : "", s.bad, (unsigned)s.boots,
        (double)s.time / (double)VT_S, (unsigned long long)s.repeated);
}

static void write_failures(const struct torture *t, FILE *f)
{
    char line[4096];

    for (size_t i = 0; i < t->plan.count; i++) {
        enum verdict v = torture_verdict(t, i);
        if (verdict_good(v)) {
            continue;
        }
        fprintf(f, "<p><span class=\"bad\">%s</span> <code>", verdict_name(v));
        put_text(f, reproduce(t, &t->plan.cuts[i], line, sizeof(line)));
        fprintf(f, "</code></p>\n");
    }
}

static void write_picture(const struct torture *t, FILE *f)
{
    fprintf(f,
            "<h2>Which sector held what</h2>\n<p>The run without a cut, one flash operation after "
            "the other (erases drawn wider). Point at anything for its details.</p>\n"
            "<p class=\"key\"><span style=\"background:#6f9ed6\">first in an application slot: the "
            "set before</span><span style=\"background:#6dbb7d\">first in staging or spare: the "
            "set after</span><span style=\"background:#b8b8b8\">being written</span><span "
            "style=\"background:#ffffff\">blank</span></p>\n<p class=\"key\">Cuts: <span "
            "style=\"background:#2a9d4a;color:#fff\">the device runs the set after</span><span "
            "style=\"background:#2a6fdb;color:#fff\">the set before</span><span "
            "style=\"background:#d00020;color:#fff\">stuck or broken</span></p>\n");
    picture_draw(t, f);
}

void torture_report_html(const struct torture *t, FILE *f)
{
    write_intro(t, f);
    write_figures(t, f);
    write_failures(t, f);
    write_tables(t, f);
    write_picture(t, f);
    fprintf(f, "</html>\n");
}
