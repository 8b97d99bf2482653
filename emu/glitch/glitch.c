/* SPDX-License-Identifier: MIT */
#include "emu/glitch/glitch.h"

#include "emu/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
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

static void keep_symbols(struct glitch *g)
{
    for (unsigned c = 0; c < CORES; c++) { /* for the plan */
        if (!g->symbols[c]) {
            g->want.symbols[c] = g->symbols[c] = g->device.board.symbols[c];
            g->device.board.symbols[c] = NULL;
        }
    }
}

static int rehearse(struct glitch *g, unsigned which)
{
    int rc = glitch_device_open(&g->device, &g->setup, which);

    if (rc) {
        return rc;
    }
    for (unsigned c = 0; c < CORES; c++) {
        if (!coverage_start(&g->coverage[which][c], g->device.board.m, (enum core_id)c,
                            g->want.seed, &g->device.spoke)) {
            cli_error("out of memory");
            return EXIT_FILE;
        }
    }
    const enum glitch_end end = glitch_device_run(&g->device, BOOT_LIMIT);
    g->began = g->device.began;
    g->length[which] = (g->device.spoke ? g->device.spoke_at : g->device.board.m->now) - g->began;
    rc = judge_rehearsal(g, end);
    keep_symbols(g);
    glitch_device_close(&g->device);
    return rc;
}

int glitch_rehearse(struct glitch *g)
{
    int rc = 0;

    for (unsigned i = 0; rc == 0 && i < glitch_devices(g); i++) {
        rc = rehearse(g, i);
    }
    return rc;
}

/* ---- children ---- */

static vtime_t limit(const struct glitch *g)
{
    vtime_t longest = 0;

    for (unsigned i = 0; i < glitch_devices(g); i++) {
        longest = g->length[i] > longest ? g->length[i] : longest;
    }
    return longest * TIMES + BOOT_MARGIN;
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

/* Is this point tried on the device that this process has become, or on any? */
static bool concerns(const struct glitch *g, const struct glitch_point *p)
{
    return g->device.which == GLITCH_UNDECIDED || p->devices >> g->device.which & 1;
}

static void plan_next(struct glitch *g)
{
    struct machine *m = g->device.board.m;

    while (g->next < g->plan.count && !concerns(g, &g->plan.points[g->next])) {
        g->next++;
    }
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
        if (concerns(g, &g->plan.points[g->next])) {
            fork_point(g);
        } else {
            g->next++;
        }
    }
    if (!g->point) {
        plan_next(g);
    }
}

/* ---- what differs is needed ---- */

/* Goes on as each of these devices, one after the other: in a process of its own as all but the
 * last. Returns which one this process is. */
static unsigned split(unsigned devices)
{
    unsigned i = 0;

    for (;; i++) {
        if (!(devices >> i & 1)) {
            continue;
        }
        devices &= ~(1u << i);
        if (!devices) {
            return i;
        }
        fflush(NULL);
        const pid_t pid = fork();
        if (pid == 0) {
            return i;
        }
        if (pid < 0) {
            cli_error("cannot fork: %s; points count as not tried", strerror(errno));
        } else {
            waitpid(pid, NULL, 0);
        }
    }
}

static unsigned choose(void *arg)
{
    struct glitch *g = arg;

    if (g->point) {
        return split(g->point->devices);
    }
    children_join(&g->children);
    return split((1u << glitch_devices(g)) - 1);
}

/* ---- the run ---- */

static void leave_result(const struct glitch *g, enum glitch_end end)
{
    for (unsigned i = 0; i < glitch_devices(g); i++) {
        if (g->point->devices >> i & 1 &&
            (g->device.which == GLITCH_UNDECIDED || g->device.which == i)) {
            take_result(&g->device, end, &g->results[i][g->point - g->plan.points]);
        }
    }
}

static void fork_all(struct glitch *g)
{
    struct glitch_device *d = &g->device;
    const pid_t self = getpid();

    g->children.ended = show_progress;
    g->children.arg = g;
    sched_event_init(&g->moment, "glitch: a point", on_moment, g);
    plan_next(g);
    const enum glitch_end end = glitch_device_run(d, limit(g));
    if (g->point) {
        leave_result(g, end);
    } else {
        children_join(&g->children);
    }
    if (getpid() != self) {
        fflush(NULL);
        _exit(0);
    }
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
static int confirm(struct glitch *g, unsigned which, const struct glitch_point *p,
                   struct glitch_result *r)
{
    int rc = glitch_device_open(&g->device, &g->setup, which);

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

static int confirm_all(struct glitch *g)
{
    int rc = 0;

    for (unsigned d = 0; d < glitch_devices(g); d++) {
        for (size_t i = 0; !rc && i < g->plan.count; i++) {
            if (g->results[d][i].end == END_WON) {
                rc = confirm(g, d, &g->plan.points[i], &g->results[d][i]);
            }
        }
    }
    return rc;
}

static size_t results_size(const struct glitch *g)
{
    return g->plan.count * glitch_devices(g) * sizeof(**g->results) + 1;
}

static bool share_results(struct glitch *g)
{
    void *shared =
        mmap(NULL, results_size(g), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        return false;
    }
    for (unsigned i = 0; i < glitch_devices(g); i++) {
        g->results[i] = (struct glitch_result *)shared + i * g->plan.count;
    }
    return true;
}

int glitch_run(struct glitch *g)
{
    if (!share_results(g)) {
        cli_error("out of memory");
        return EXIT_FILE;
    }
    int rc = glitch_device_open(&g->device, &g->setup, g->setup.others ? GLITCH_UNDECIDED : 0);
    if (rc) {
        return rc;
    }
    g->device.choose = choose;
    g->device.choose_arg = g;
    if (g->plan.count) {
        fork_all(g);
    }
    glitch_device_close(&g->device);
    return confirm_all(g);
}

void glitch_free(struct glitch *g)
{
    for (unsigned c = 0; c < CORES; c++) {
        for (unsigned i = 0; i < GLITCH_MAX_DEVICES; i++) {
            coverage_free(&g->coverage[i][c]);
        }
        symbols_free(g->symbols[c]);
    }
    if (g->results[0]) {
        munmap(g->results[0], results_size(g));
    }
    glitch_plan_free(&g->plan);
}
