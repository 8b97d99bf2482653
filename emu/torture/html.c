#include "emu/cli/cli.h"
#include "emu/torture/torture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WIDTH 1100
#define LEFT  110
#define ROW   22
#define MARKS 40 /* height of the strip of cuts */

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>duoemu torture</title>\n"
    "<style>body{font:14px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1240px;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;border-bottom:1px solid "
    "#ddd;text-align:left}"
    "code{font:12px monospace}.bad{color:#b00020;font-weight:bold}svg{background:#fafafa}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}svg{background:#222}svg "
    "text{fill:#ddd}"
    "td,th{border-color:#444}}</style>\n";

static double x_of(const struct torture *t, uint64_t op)
{
    double n = t->log.count ? (double)t->log.count : 1;
    return LEFT + (WIDTH - LEFT) * (double)op / n;
}

/* Content that came from one sector keeps that sector's colour wherever it goes: the exchange is
 * seen at a glance. */
static void color(const struct span *s, char *buf, size_t size)
{
    static const char *const fixed[] = {[HOLDS_BLANK] = "#ffffff",
                                        [HOLDS_PARTIAL] = "#bbbbbb",
                                        [HOLDS_JOURNAL] = "#d9c7f0",
                                        [HOLDS_BOOT] = "#e8e8d0"};
    if (s->holds != HOLDS_KNOWN) {
        snprintf(buf, size, "%s", fixed[s->holds]);
        return;
    }
    bool staging = (s->origin >= 4 && s->origin <= 6) || s->origin == 11 || s->origin == 12;
    unsigned light = 45 + 9 * (s->origin % 4);
    snprintf(buf, size, "hsl(%u 60%% %u%%)", staging ? 130u : 210u, light);
}

static void draw_row(const struct torture *t, FILE *f, unsigned sector)
{
    double y = MARKS + ROW * (double)sector;
    fprintf(f, "<text x=\"4\" y=\"%.0f\" font-size=\"12\">%s</text>\n", y + 15,
            sector_name(sector));
    for (size_t i = 0; i < t->timeline.count[sector]; i++) {
        const struct span *s = &t->timeline.spans[sector][i];
        uint64_t to = i + 1 < t->timeline.count[sector] ? s[1].from_op : t->log.count;
        char fill[32];
        color(s, fill, sizeof fill);
        fprintf(f,
                "<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" fill=\"%s\"><title>%s: "
                "%s%s</title></rect>\n",
                x_of(t, s->from_op), y + 2, x_of(t, to) - x_of(t, s->from_op), ROW - 4, fill,
                sector_name(sector),
                s->holds == HOLDS_KNOWN     ? "what was first in "
                : s->holds == HOLDS_BLANK   ? "blank"
                : s->holds == HOLDS_PARTIAL ? "being written"
                : s->holds == HOLDS_JOURNAL ? "journal"
                                            : "bootloader",
                s->holds == HOLDS_KNOWN ? sector_name(s->origin) : "");
    }
}

static uint64_t op_of(const struct torture *t, const struct cut *c)
{
    if (c->by_op)
        return c->op;
    uint64_t op = 0;
    while (op < t->log.count && t->log.ops[op].begin <= c->at)
        op++;
    return op;
}

static void draw_cuts(const struct torture *t, FILE *f)
{
    for (size_t i = 0; i < t->plan.count; i++) {
        char text[160];
        enum verdict v = t->outcomes[i].done ? t->outcomes[i].verdict : VERDICT_NONE;
        double x = x_of(t, op_of(t, &t->plan.cuts[i]));
        fprintf(f,
                "<line x1=\"%.2f\" x2=\"%.2f\" y1=\"4\" y2=\"%d\" stroke=\"%s\"><title>%s: "
                "%s</title></line>\n",
                x, x, MARKS - 6,
                verdict_good(v) ? (v == VERDICT_NEW_SET ? "#2a9d4a" : "#2a6fdb") : "#d00020",
                cut_format(&t->plan.cuts[i], text, sizeof text), verdict_name(v));
    }
}

static void write_table(const struct torture *t, FILE *f)
{
    size_t count[VERDICT_LOCKUP + 1] = {0};
    for (size_t i = 0; i < t->plan.count; i++)
        count[t->outcomes[i].done ? t->outcomes[i].verdict : VERDICT_NONE]++;
    fprintf(f, "<table><tr><th>after the cut</th><th>devices</th></tr>\n");
    for (unsigned v = 0; v <= VERDICT_LOCKUP; v++)
        if (count[v])
            fprintf(f, "<tr><td%s>%s</td><td>%zu</td></tr>\n",
                    verdict_good((enum verdict)v) ? "" : " class=\"bad\"",
                    verdict_name((enum verdict)v), count[v]);
    fprintf(f, "</table>\n");
}

bool torture_report_html(const struct torture *t, const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f) {
        cli_error("cannot write the report %s: %s", path, strerror(errno));
        return false;
    }
    fprintf(f,
            "%s<h1>Power cuts during one exchange of the sets</h1>\n<p>%zu flash operations, %zu "
            "cuts.</p>\n",
            head, t->log.count, t->plan.count);
    write_table(t, f);
    fprintf(f, "<h2>Which sector held what</h2>\n<p>Left to right: flash operations without a cut. "
               "Blue: the old set, "
               "green: the new set, grey: being written, white: blank. Lines on top: cuts, by what "
               "the device ran after it.</p>\n");
    fprintf(f, "<svg viewBox=\"0 0 %d %d\" width=\"100%%\">\n", WIDTH,
            MARKS + ROW * TIMELINE_SECTORS + 4);
    draw_cuts(t, f);
    for (unsigned i = 0; i < TIMELINE_SECTORS; i++)
        draw_row(t, f, i);
    fprintf(f, "</svg></html>\n");
    bool good = !ferror(f);
    good = fclose(f) == 0 && good;
    if (!good)
        cli_error("the report %s is not complete: %s", path, strerror(errno));
    return good;
}
