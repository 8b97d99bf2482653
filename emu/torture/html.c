/* SPDX-License-Identifier: MIT */
#include "emu/torture/html.h"

#include "emu/cli/cli.h"
#include "emu/cli/powercut.h"
#include "emu/report/page.h"
#include "emu/torture/reproduce.h"

#include <errno.h>
#include <string.h>

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
    page_begin(f, "Power cuts during one exchange of the sets");
    fprintf(f, "<p>Set before: ");
    put_set(f, t, 0);
    fprintf(f, ". Set after: ");
    put_set(f, t, 1);
    fprintf(f, ". Bootloaders: <code>");
    page_text(f, t->args.m7 ? t->args.m7 : "in the flash file");
    fprintf(f, "</code>, <code>");
    page_text(f, t->args.m4 ? t->args.m4 : "in the flash file");
    fprintf(f, "</code>. Device: <code>");
    page_text(f, t->args.flash_file);
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
    size_t by_outcome[CUT_MARGINAL + 1][PLACES] = {{0}}, by_fate[FATE_LOCKUP + 1][PLACES];

    memset(by_fate, 0, sizeof(by_fate));
    for (size_t i = 0; i < t->plan.count; i++) {
        const struct cut *c = &t->plan.cuts[i];
        by_outcome[c->outcome][place_of(t, c)]++;
        by_fate[torture_fate(t, i)][place_of(t, c)]++;
    }
    fprintf(f, "<div class=\"wide\"><table><tr><th>cut so that it is left</th><th>while "
               "programming</th><th>while "
               "erasing</th><th>at any moment</th><th>resets</th></tr>\n");
    for (unsigned o = 0; o <= CUT_MARGINAL; o++) {
        write_row(f, cut_outcome_name((enum cut_outcome)o), by_outcome[o], false);
    }
    fprintf(f, "<tr><th>the device runs</th></tr>\n");
    for (unsigned v = 0; v <= FATE_LOCKUP; v++) {
        write_row(f, fate_name((enum fate)v), by_fate[v], !fate_good((enum fate)v));
    }
    fprintf(f, "</table></div>\n");
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
        enum fate v = torture_fate(t, i);
        if (fate_good(v)) {
            continue;
        }
        fprintf(f, "<p><span class=\"bad\">%s</span> <code>", fate_name(v));
        page_text(f, reproduce(t, &t->plan.cuts[i], line, sizeof(line)));
        fprintf(f, "</code></p>\n");
    }
}

static void write_picture(const struct torture *t, FILE *f)
{
    fprintf(
        f,
        "<h2>Which sector held what</h2>\n<p>The run without a cut, one flash operation after "
        "the other (erases drawn wider). Shades tell the sectors of an image apart; a dashed line "
        "is an entry of the journal. Point at anything for its details.</p>\n"
        "<p class=\"key\">");
    page_key(f, "c-before", "first in an application slot: the set before");
    page_key(f, "c-after", "first in staging or spare: the set after");
    page_key(f, "c-partial", "being written");
    page_key(f, "c-blank", "blank");
    page_key(f, "c-bootloader", "bootloader");
    page_key(f, "c-journal", "journal");
    fprintf(f, "</p>\n<p class=\"key\">Cuts: ");
    page_key(f, "c-cut-after", "the device runs the set after");
    page_key(f, "c-cut-before", "the set before");
    page_key(f, "c-cut-bad", "stuck or broken");
    fprintf(f, "</p>\n<div class=\"wide\">");
    picture_draw(t, f);
    fprintf(f, "</div>\n");
}

void torture_report_html(const struct torture *t, FILE *f)
{
    write_intro(t, f);
    write_figures(t, f);
    write_failures(t, f);
    write_tables(t, f);
    write_picture(t, f);
    page_end(f);
}
