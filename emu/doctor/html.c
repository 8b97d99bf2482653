/* SPDX-License-Identifier: MIT */
/* The examination as a page: a timeline of both cores with clocks and flash, findings at their
 * places, then each in words. */
#include "emu/doctor/track.h"
#include "emu/report/page.h"

#include <string.h>

/* In units of the picture. */
#define WIDTH  1000
#define LEFT   90
#define TOP    24
#define ROW    30
#define HEIGHT 22

static const char *const classes[TRACK_STATES] = {
    [TRACK_HELD] = "c-held",   [TRACK_BOOT] = "c-boot",       [TRACK_APP] = "c-app",
    [TRACK_SLEEP] = "c-sleep", [TRACK_STALLED] = "c-stalled", [TRACK_LOCKED] = "c-locked"};
static const char *const meanings[TRACK_STATES] = {[TRACK_HELD] = "held in reset",
                                                   [TRACK_BOOT] = "in its bootloader",
                                                   [TRACK_APP] = "in its application",
                                                   [TRACK_SLEEP] = "asleep",
                                                   [TRACK_STALLED] = "waits for a busy flash bank",
                                                   [TRACK_LOCKED] = "locked up"};

struct chart {
    FILE *f;
    vtime_t end;
};

static double x_of(const struct chart *c, vtime_t t)
{
    return LEFT + (WIDTH - LEFT) * (double)(t < c->end ? t : c->end) / (double)c->end;
}

static void bar(const struct chart *c, unsigned row, vtime_t from, vtime_t to, const char *class,
                const char *title)
{
    double x = x_of(c, from), width = x_of(c, to) - x;

    if (width > 0) {
        fprintf(c->f,
                "<rect class=\"%s\" x=\"%.2f\" y=\"%u\" width=\"%.2f\" "
                "height=\"%d\"><title>%s, %.6f s to %.6f s</title></rect>\n",
                class, x, TOP + row * ROW, width, HEIGHT, title, (double)from / (double)VT_S,
                (double)to / (double)VT_S);
    }
}

/* Neighbours that look alike are one bar. */
static void draw_core(const struct chart *c, const struct track *t, int core)
{
    vtime_t from = 0;

    for (unsigned i = 1; i <= t->count; i++) {
        enum track_state s = t->looks[i - 1].core[core];
        if (i == t->count || t->looks[i].core[core] != s) {
            vtime_t to = i == t->count ? c->end : t->looks[i].when;
            bar(c, (unsigned)core, from, to, classes[s], meanings[s]);
            from = to;
        }
    }
}

static void draw_bank(const struct chart *c, const struct track *t, unsigned bank)
{
    vtime_t from = 0;

    for (unsigned i = 1; i <= t->count; i++) {
        bool busy = t->looks[i - 1].busy[bank];
        if (i == t->count || t->looks[i].busy[bank] != busy) {
            vtime_t to = i == t->count ? c->end : t->looks[i].when;
            if (busy) {
                bar(c, 2 + bank, from, to, "c-busy", "programs or erases");
            }
            from = to;
        }
    }
}

/* The M7's clock, as text where it changes. */
static void draw_clock(const struct chart *c, const struct track *t)
{
    uint64_t hz = 0;
    double free_from = 0;

    for (unsigned i = 0; i < t->count && t->looks[i].when < c->end; i++) {
        double x = x_of(c, t->looks[i].when);
        if (t->looks[i].hz[CM7] != hz && x >= free_from) {
            hz = t->looks[i].hz[CM7];
            free_from = x + 60;
            fprintf(c->f, "<text x=\"%.2f\" y=\"%d\">%.0f MHz</text>\n", x, TOP + 4 * ROW + 15,
                    (double)hz / 1e6);
        }
    }
}

static void draw_axis(const struct chart *c)
{
    static const char *const rows[] = {"Cortex-M7", "Cortex-M4", "flash bank 1", "flash bank 2",
                                       "M7's clock"};
    bool micro = c->end < 10 * VT_MS;

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fprintf(c->f, "<text x=\"4\" y=\"%u\">%s</text>\n", TOP + i * ROW + 15, rows[i]);
    }
    for (unsigned i = 0; i <= 8; i++) {
        vtime_t t = c->end / 8 * i;
        double x = x_of(c, t);
        fprintf(c->f,
                "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"16\" y2=\"%d\"/><text "
                "x=\"%.1f\" y=\"12\" text-anchor=\"%s\">%.4g %s</text>\n",
                x, x, TOP + 5 * ROW, x, i == 8 ? "end" : "middle",
                (double)t / (double)(micro ? VT_US : VT_MS), micro ? "µs" : "ms");
    }
}

static void draw_marks(const struct chart *c, const struct findings *f)
{
    for (int i = 0; i < CORES; i++) {
        if (f->handover[i].seen && f->handover[i].when < c->end) {
            double x = x_of(c, f->handover[i].when);
            fprintf(c->f,
                    "<line class=\"entry\" x1=\"%.2f\" x2=\"%.2f\" y1=\"%d\" "
                    "y2=\"%d\"><title>application entered</title></line>\n",
                    x, x, TOP + i * ROW - 3, TOP + i * ROW + HEIGHT + 3);
        }
    }
    for (unsigned i = 0; i < f->count; i++) {
        const struct finding *n = &f->list[i];
        if (n->when < c->end) {
            int row = n->core == CM4 ? 1 : 0, rows = n->core < 0 ? 2 : 1;
            fprintf(c->f,
                    "<a href=\"#f%u\"><line class=\"mark\" x1=\"%.2f\" x2=\"%.2f\" y1=\"%d\" "
                    "y2=\"%d\"><title>%s</title></line></a>\n",
                    i, x_of(c, n->when), x_of(c, n->when), TOP + row * ROW - 3,
                    TOP + (row + rows) * ROW - 5, n->what->id);
        }
    }
}

static void chart(const struct doctor *d, const struct track *t, vtime_t end, const char *title,
                  FILE *f)
{
    const struct chart c = {f, end};

    fprintf(f, "<h2>%s</h2>\n<div class=\"wide\"><svg viewBox=\"0 0 %d %d\">\n", title, WIDTH + 10,
            TOP + 5 * ROW + 4);
    draw_axis(&c);
    for (int i = 0; i < CORES; i++) {
        draw_core(&c, t, i);
    }
    for (unsigned b = 0; b < FLASH_BANKS; b++) {
        draw_bank(&c, t, b);
    }
    draw_clock(&c, t);
    draw_marks(&c, &d->findings);
    fputs("</svg></div>\n", f);
}

static void legend(FILE *f)
{
    fputs("<p class=\"key\">", f);
    for (unsigned i = 0; i < TRACK_STATES; i++) {
        page_key(f, classes[i], meanings[i]);
    }
    page_key(f, "c-busy", "flash programs or erases");
    fputs("</p>\n<p class=\"soft\">Both axes are linear. A blue line: the application is entered. "
          "A red line: a finding; click it, or point at anything for its time.</p>\n",
          f);
}

/* ---- findings ---- */

static void item(FILE *f, const char *label, const char *text)
{
    if (text[0]) {
        fprintf(f, "<dt>%s</dt><dd>", label);
        page_text(f, text);
        fputs("</dd>", f);
    }
}

static void finding(FILE *f, const struct finding *n, unsigned number)
{
    static const char *const names[] = {"Cortex-M7", "Cortex-M4"};

    fprintf(f, "<article id=\"f%u\"><h3><span class=\"%s\">%s</span> <code>%s</code>: ", number,
            severity_name(n->severity), severity_name(n->severity), n->what->id);
    page_text(f, n->what->title);
    fprintf(f, "</h3><p class=\"soft\">%s, at %.6f s</p><dl>",
            n->core < 0 ? "both cores, or the chip" : names[n->core == CM4],
            (double)n->when / (double)VT_S);
    item(f, "where", n->place);
    item(f, "seen", n->evidence);
    if (n->cause != FIND_COUNT) {
        item(f, "follows", catalogue[n->cause].id);
    } else {
        item(f, "why", n->reason);
        item(f, "source", n->what->source);
        item(f, "fix", n->fix);
    }
    fputs("</dl></article>\n", f);
}

static void findings_in_words(const struct findings *all, FILE *f)
{
    fputs("<h2>Findings</h2>\n", f);
    if (!all->count) {
        fputs("<p>None: healthy as far as this run shows.</p>\n", f);
    }
    for (int s = SEV_ERROR; s >= SEV_NOTE; s--) {
        for (unsigned i = 0; i < all->count; i++) {
            if (all->list[i].severity == (enum severity)s) {
                finding(f, &all->list[i], i);
            }
        }
    }
    for (unsigned i = 0; i < all->nlimits; i++) {
        fputs("<p class=\"soft\">Not judged, because the emulator does not have it: ", f);
        page_text(f, all->limits[i]);
        fputs("</p>\n", f);
    }
}

void doctor_html(const struct doctor *d, const struct track *t, FILE *f)
{
    const struct findings *all = &d->findings;
    const vtime_t end = d->board.m->now;
    vtime_t entered = 0;

    page_begin(f, "duoemu doctor");
    fputs("<p>", f);
    findings_summary(all, f);
    fputs("</p>\n", f);
    for (int i = 0; i < CORES; i++) {
        if (all->handover[i].seen && all->handover[i].when > entered) {
            entered = all->handover[i].when;
        }
    }
    if (entered && entered < end / 4) {
        chart(d, t, entered + entered / 4, "From reset to the applications", f);
    }
    chart(d, t, end, "The whole examination", f);
    legend(f);
    findings_in_words(all, f);
    page_end(f);
}
