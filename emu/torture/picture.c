/* SPDX-License-Identifier: MIT */
/*
 * The picture: flash operations of the undisturbed run from left to right, a row for each sector,
 * above them what the journal said and where the power was cut. A program is as wide as another
 * one; an erase, which lasts as long as 10,000 of them, is made wide enough to be seen.
 */
#include "emu/torture/html.h"

#include <string.h>

#define WIDTH      1200.0
#define LEFT       104.0
#define AFTER      90.0 /* at the right edge: what it all comes to */
#define ROW        22
#define CUTS_TOP   4
#define CUTS_LOW   30
#define STAGE_TOP  34
#define ROWS_TOP   58
#define ROWS_LOW   (ROWS_TOP + ROW * TIMELINE_SECTORS)
#define HEIGHT     (ROWS_LOW + 40)
#define ERASES_GET 0.45 /* of the width */
#define TICKS      8

struct scale {
    const struct torture *t;
    double program, erase; /* widths */
};

static struct scale make_scale(const struct torture *t)
{
    size_t erases = 0, programs;

    for (size_t i = 0; i < t->log.count; i++) {
        erases += t->log.ops[i].erase;
    }
    programs = t->log.count - erases;
    double room = WIDTH - LEFT - AFTER,
           for_erases = erases ? programs ? ERASES_GET * room : room : 0;
    return (struct scale){t, programs ? (room - for_erases) / (double)programs : 0,
                          erases ? for_erases / (double)erases : 0};
}

/* Where operation number `op` ends; 0: the left edge. */
static double x_of(const struct scale *s, uint64_t op)
{
    double x = LEFT;

    for (uint64_t i = 0; i < op && i < s->t->log.count; i++) {
        x += s->t->log.ops[i].erase ? s->erase : s->program;
    }
    return x;
}

/* ---- rows ---- */

static bool from_app(unsigned origin)
{
    return (origin >= 1 && origin <= 3) || origin == 9 || origin == 10;
}

/* Content keeps its colour wherever it goes; shades tell the sectors of an image apart. */
static const char *color(const struct span *s)
{
    static const char *const fixed[] = {[HOLDS_BLANK] = "#ffffff",
                                        [HOLDS_PARTIAL] = "#b8b8b8",
                                        [HOLDS_JOURNAL] = "#dccff0",
                                        [HOLDS_BOOT] = "#e9e6cf"};
    static const char *const before[] = {"#6f9ed6", "#8db4e2", "#abc8ec", "#5186c4"};
    static const char *const after[] = {"#6dbb7d", "#8acb97", "#a8dab2", "#52a865"};

    if (s->holds != HOLDS_KNOWN) {
        return fixed[s->holds];
    }
    return from_app(s->origin) ? before[s->origin % 4] : after[s->origin % 4];
}

static void what(const struct span *s, char *buf, size_t size)
{
    static const char *const names[] = {[HOLDS_BLANK] = "blank",
                                        [HOLDS_PARTIAL] = "being written",
                                        [HOLDS_JOURNAL] = "journal",
                                        [HOLDS_BOOT] = "bootloader"};

    if (s->holds == HOLDS_KNOWN) {
        snprintf(buf, size, "first in %s", sector_name(s->origin));
    } else {
        snprintf(buf, size, "%s", names[s->holds]);
    }
}

static void draw_span(const struct scale *s, FILE *f, unsigned sector, const struct span *span,
                      double to)
{
    double x = x_of(s, span->from_op), w = to - x, y = ROWS_TOP + ROW * (double)sector;
    char text[48];

    what(span, text, sizeof(text));
    fprintf(f,
            "<rect x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\" fill=\"%s\" "
            "stroke=\"#999999\" stroke-width=\"0.5\"><title>%s from operation %llu on: "
            "%s</title></rect>\n",
            x, y + 2, w, ROW - 4, color(span), sector_name(sector),
            (unsigned long long)span->from_op + 1, text);
    if (w > 6 * (double)strlen(text) + 4) {
        fprintf(f, "<text class=\"in\" x=\"%.2f\" y=\"%.0f\">%s</text>\n", x + 4, y + 15, text);
    }
}

static void draw_row(const struct scale *s, FILE *f, unsigned sector)
{
    const struct timeline *tl = &s->t->timeline;

    fprintf(f, "<text x=\"2\" y=\"%d\">%s</text>\n", ROWS_TOP + ROW * (int)sector + 15,
            sector_name(sector));
    for (size_t i = 0; i < tl->count[sector]; i++) {
        const struct span *span = &tl->spans[sector][i];
        draw_span(s, f, sector, span, i + 1 < tl->count[sector] ? x_of(s, span[1].from_op) : WIDTH);
    }
}

/* ---- above and below ---- */

static void draw_stages(const struct scale *s, FILE *f)
{
    const struct timeline *tl = &s->t->timeline;

    fprintf(f, "<text x=\"2\" y=\"%d\">the journal says</text>\n", STAGE_TOP + 15);
    for (size_t i = 0; i < tl->nstages; i++) {
        double x = x_of(s, tl->stages[i].from_op);
        double to = i + 1 < tl->nstages ? x_of(s, tl->stages[i + 1].from_op) : WIDTH;
        fprintf(f,
                "<line x1=\"%.2f\" x2=\"%.2f\" y1=\"%d\" y2=\"%d\" class=\"entered\" "
                "stroke-dasharray=\"3,2\"><title>after operation %llu: %s</title></line>\n",
                x, x, STAGE_TOP + 4, ROWS_LOW, (unsigned long long)tl->stages[i].from_op,
                tl->stages[i].text);
        if (to - x > 6 * (double)strlen(tl->stages[i].text) + 3) {
            fprintf(f, "<text class=\"stage\" x=\"%.2f\" y=\"%d\">%s</text>\n", x + 3,
                    STAGE_TOP + 15, tl->stages[i].text);
        }
    }
}

/* The operation that is under way at a cut, or the next one. */
static uint64_t op_of(const struct torture *t, const struct cut *c)
{
    if (c->by_op) {
        return c->op;
    }
    uint64_t op = 1;
    while (op < t->log.count && t->log.ops[op - 1].end <= c->at) {
        op++;
    }
    return op;
}

static void draw_cut(const struct scale *s, FILE *f, const struct cut *c, enum fate v)
{
    uint64_t op = op_of(s->t, c);
    double x = (x_of(s, op - 1) + x_of(s, op)) / 2;
    bool good = fate_good(v);
    char text[160];

    fprintf(f,
            "<line x1=\"%.2f\" x2=\"%.2f\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" "
            "stroke-width=\"%s\" stroke-opacity=\"0.75\"><title>%s: %s</title></line>\n",
            x, x, CUTS_TOP, good ? CUTS_LOW : ROWS_LOW,
            v == FATE_NEW_SET ? "#2a9d4a"
            : good            ? "#2a6fdb"
                              : "#d00020",
            good ? "2.5" : "4", cut_format(c, text, sizeof(text)), fate_name(v));
}

/* Broken ones last: nothing may hide them. */
static void draw_cuts(const struct scale *s, FILE *f)
{
    const struct torture *t = s->t;

    fprintf(f, "<text x=\"2\" y=\"%d\">cuts</text>\n", CUTS_TOP + 16);
    for (int good = 1; good >= 0; good--) {
        for (size_t i = 0; i < t->plan.count; i++) {
            enum fate v = t->outcomes[i].done ? t->outcomes[i].fate : FATE_NONE;
            if (fate_good(v) == (bool)good) {
                draw_cut(s, f, &t->plan.cuts[i], v);
            }
        }
    }
}

static void draw_axis(const struct scale *s, FILE *f)
{
    const struct op_log *log = &s->t->log;

    fprintf(f, "<text x=\"2\" y=\"%d\">operation</text><text x=\"2\" y=\"%d\">time</text>\n",
            ROWS_LOW + 16, ROWS_LOW + 32);
    for (unsigned i = 0; log->count && i <= TICKS; i++) {
        uint64_t op = log->count * i / TICKS;
        double x = x_of(s, op);
        const char *anchor = i == 0 ? "start" : i == TICKS ? "end" : "middle";
        fprintf(f,
                "<line x1=\"%.2f\" x2=\"%.2f\" y1=\"%d\" y2=\"%d\" stroke=\"#999999\"/>"
                "<text x=\"%.2f\" y=\"%d\" text-anchor=\"%s\">%llu</text>"
                "<text x=\"%.2f\" y=\"%d\" text-anchor=\"%s\">%.2f s</text>\n",
                x, x, ROWS_LOW, ROWS_LOW + 4, x, ROWS_LOW + 16, anchor, (unsigned long long)op, x,
                ROWS_LOW + 32, anchor, (double)(op ? log->ops[op - 1].end : 0) / (double)VT_S);
    }
}

void picture_draw(const struct torture *t, FILE *f)
{
    struct scale s = make_scale(t);

    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %d\" width=\"100%%\" "
            "font-family=\"sans-serif\" font-size=\"12\">\n",
            WIDTH, HEIGHT);
    for (unsigned i = 0; i < TIMELINE_SECTORS; i++) {
        draw_row(&s, f, i);
    }
    draw_stages(&s, f);
    draw_cuts(&s, f);
    draw_axis(&s, f);
    fprintf(f, "</svg>\n");
}
