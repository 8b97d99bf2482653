/* SPDX-License-Identifier: MIT */
#include "emu/glitch/glitch.h"

#include "emu/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What an undisturbed boot may take, and how much longer a disturbed one: it may reset and boot a
 * second time. */
#define BOOT_LIMIT  (2 * VT_S)
#define TIMES       3u
#define BOOT_MARGIN (20 * VT_MS)

/* ---- the undisturbed boot ---- */

static int judge_rehearsal(struct glitch *g, enum glitch_end end)
{
    struct glitch_device *d = &g->device;
    char where[64];

    if (end != END_WON) {
        return 0;
    }
    cli_error("without any fault the %s executes 0x%08X (%s): there is nothing to win; give a "
              "device that must refuse, for example by --flip ADDR in an image",
              d->winner == CM7 ? "M7" : "M4", (unsigned)d->pc,
              board_symbol(&d->board, d->winner, d->pc, where, sizeof(where)));
    return EXIT_FILE;
}

int glitch_rehearse(struct glitch *g)
{
    int rc = glitch_device_open(&g->device, &g->setup);

    if (rc) {
        return rc;
    }
    for (unsigned c = 0; c < CORES; c++) {
        if (!coverage_start(&g->coverage[c], g->device.board.m, (enum core_id)c, g->want.seed,
                            &g->device.spoke)) {
            cli_error("out of memory");
            return EXIT_FILE;
        }
    }
    const enum glitch_end end = glitch_device_run(&g->device, BOOT_LIMIT);
    g->began = g->device.began;
    g->length = (g->device.spoke ? g->device.spoke_at : g->device.board.m->now) - g->began;
    rc = judge_rehearsal(g, end);
    for (unsigned c = 0; c < CORES; c++) { /* kept for the plan */
        g->want.symbols[c] = g->symbols[c] = g->device.board.symbols[c];
        g->device.board.symbols[c] = NULL;
    }
    glitch_device_close(&g->device);
    return rc;
}

/* ---- children ---- */

static vtime_t limit(const struct glitch *g)
{
    return g->length * TIMES + BOOT_MARGIN;
}

static void take_result(const struct glitch_device *d, enum glitch_end end, struct glitch_result *r)
{
    r->winner = (uint8_t)d->winner;
    r->pc = d->pc;
    r->end = (uint8_t)end; /* last: it says that the rest is there */
}

static void show_progress(void *arg)
{
    const struct glitch *g = arg;

    if (g->progress && g->children.finished % 64 == 0) {
        fprintf(stderr, "\rduoemu: %zu of %zu points", g->children.finished, g->plan.count);
        fflush(stderr);
    }
}

static void plan_next(struct glitch *g)
{
    struct machine *m = g->device.board.m;

    if (g->next < g->plan.count) {
        sched_at(&m->sched, &g->moment, g->plan.points[g->next].at);
    } else {
        machine_stop(m);
    }
}

/* In the child, still inside the parent's machine_run(): the fault, and back into it. */
static void become_child(struct glitch *g, const struct glitch_point *p)
{
    g->point = p;
    glitch_strike(&g->strike, g->device.board.m, p);
}

static void fork_point(struct glitch *g)
{
    const struct glitch_point *p = &g->plan.points[g->next++];

    const pid_t pid = children_fork(&g->children);
    if (pid == 0) {
        become_child(g, p);
    } else if (pid < 0) {
        cli_error("cannot fork: %s; a point counts as not tried", strerror(errno));
    }
}

static void on_moment(void *arg)
{
    struct glitch *g = arg;
    const vtime_t now = g->device.board.m->now;

    while (!g->point && g->next < g->plan.count && g->plan.points[g->next].at <= now) {
        fork_point(g);
    }
    if (!g->point) {
        plan_next(g);
    }
}

/* ---- the run ---- */

static void fork_all(struct glitch *g)
{
    struct glitch_device *d = &g->device;

    g->children.ended = show_progress;
    g->children.arg = g;
    sched_event_init(&g->moment, "glitch: a point", on_moment, g);
    plan_next(g);
    const enum glitch_end end = glitch_device_run(d, limit(g));
    if (g->point) {
        take_result(d, end, &g->results[g->point - g->plan.points]);
        fflush(NULL);
        _exit(0);
    }
    children_join(&g->children);
    if (g->progress) {
        fprintf(stderr, "\rduoemu: %zu of %zu points\n", g->children.finished, g->plan.count);
    }
}

static void on_again(void *arg)
{
    struct glitch *g = arg;

    glitch_strike(&g->strike, g->device.board.m, g->point);
}

/* The same fault on a machine that has never been forked. */
static int confirm(struct glitch *g, const struct glitch_point *p, struct glitch_result *r)
{
    int rc = glitch_device_open(&g->device, &g->setup);

    if (rc) {
        return rc;
    }
    g->point = p;
    sched_event_init(&g->moment, "glitch: a point", on_again, g);
    sched_at(&g->device.board.m->sched, &g->moment, p->at);
    r->confirmed = glitch_device_run(&g->device, limit(g)) == END_WON;
    glitch_device_close(&g->device);
    return 0;
}

int glitch_run(struct glitch *g)
{
    const size_t size = g->plan.count * sizeof(*g->results) + 1;
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        cli_error("out of memory");
        return EXIT_FILE;
    }
    g->results = shared;
    int rc = glitch_device_open(&g->device, &g->setup);
    if (rc) {
        return rc;
    }
    if (g->plan.count) {
        fork_all(g);
    }
    glitch_device_close(&g->device);
    for (size_t i = 0; !rc && i < g->plan.count; i++) {
        if (g->results[i].end == END_WON) {
            rc = confirm(g, &g->plan.points[i], &g->results[i]);
        }
    }
    return rc;
}

void glitch_free(struct glitch *g)
{
    for (unsigned c = 0; c < CORES; c++) {
        coverage_free(&g->coverage[c]);
    }
    symbols_free(g->symbols[CM7]);
    symbols_free(g->symbols[CM4]);
    if (g->results) {
        munmap(g->results, g->plan.count * sizeof(*g->results) + 1);
    }
    glitch_plan_free(&g->plan);
}
