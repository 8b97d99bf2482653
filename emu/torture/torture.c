/* SPDX-License-Identifier: MIT */
#include "emu/torture/torture.h"

#include "emu/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN_UART 3 /* where the bootloader speaks */

/* ---- rehearsal: what does the installation do when nothing goes wrong ---- */

static void log_op(void *arg, const struct flash_op *op, bool done)
{
    struct torture *t = arg;

    if (!done) {
        if (!op_log_add(&t->log, op, machine_now(t->board.m))) {
            machine_stop(t->board.m);
        }
        return;
    }
    t->log.ops[op->number - 1].end = machine_now(t->board.m);
    timeline_op(&t->timeline, op->number, op->addr);
}

static int open_board(struct torture *t)
{
    char err[512];
    int rc = board_open(&t->board, &t->args);

    if (rc) {
        return rc;
    }
    if (!oracle_learn(&t->oracle, t->board.m, t->trust, err, sizeof(err))) {
        cli_error("%s", err);
        return EXIT_FILE;
    }
    oracle_watch(&t->oracle);
    return 0;
}

int torture_rehearse(struct torture *t)
{
    int rc = open_board(t);

    if (rc) {
        return rc;
    }
    struct machine *m = t->board.m;
    timeline_start(&t->timeline, m);
    machine_observe(m, &(struct observer){.arg = t, .on_flash = log_op});
    machine_power_on(m);
    machine_run(m, m->now + t->limit);
    t->log.length = m->now;
    if (t->oracle.fate != FATE_NEW_SET) {
        cli_error("without any cut the device ends with: %s, instead of the staged set; run it "
                  "with duoemu run to see why",
                  fate_name(t->oracle.fate ? t->oracle.fate : FATE_STUCK));
        rc = EXIT_FINDINGS;
    }
    board_close(&t->board);
    return rc;
}

/* ---- a child: the cut and what comes after ---- */

static void arm_second_cut(struct torture *t)
{
    struct flash *f = t->board.m->flash;

    if (t->cut->again) {
        flash_cut_at_op(f, flash_ops(f) + t->cut->again, t->cut->again_outcome);
    }
}

static void cut(void *arg)
{
    struct torture *t = arg;
    struct machine *m = t->board.m;

    t->cut_at = m->now;
    t->cut_ops = flash_ops(m->flash);
    if (t->cut->reset != RESET_POWER_ON) {
        machine_reset(m, t->cut->reset);
        arm_second_cut(t);
        return;
    }
    flash_power_cut(m->flash, t->cut->outcome);
    machine_power_cut(m);
}

static enum fate fate_after(struct torture *t, enum machine_stop why)
{
    if (t->oracle.fate != FATE_NONE) {
        return t->oracle.fate;
    }
    return why == M_LOCKUP ? FATE_LOCKUP : FATE_STUCK;
}

/* The power comes back; a second cut may follow; then the device has to find its way. */
static void child_finish(struct torture *t, enum machine_stop why)
{
    struct machine *m = t->board.m;
    struct outcome *o = &t->outcomes[t->cut - t->plan.cuts];
    bool first = t->cut->reset == RESET_POWER_ON;

    while (why == M_POWER_CUT) {
        o->boots++;
        if (first) {
            arm_second_cut(t);
        }
        first = false;
        oracle_restart(&t->oracle);
        machine_power_cycle(m);
        why = machine_run(m, m->now + t->limit);
    }
    o->fate = fate_after(t, why);
    o->ops_after = (uint32_t)(flash_ops(m->flash) - t->cut_ops);
    o->time_after = m->now - t->cut_at;
    o->done = true;
}

static void show_byte(void *arg, unsigned uart, uint8_t byte, vtime_t when)
{
    (void)arg;
    (void)when;
    if (uart == SHOWN_UART) {
        fputc(byte, stdout);
    }
}

/* In the child, still deep inside the parent's machine_run(): arrange the cut and return into it.
 */
static void become_child(struct torture *t, const struct cut *c, vtime_t when)
{
    t->cut = c;
    t->outcomes[c - t->plan.cuts] = (struct outcome){0}; /* an interrupted run may have begun it */
    t->board.m->random_state = c->seed;
    machine_unobserve(t->board.m, t);
    sched_cancel(&t->board.m->sched, &t->moment);
    if (t->show) {
        machine_observe(t->board.m, &(struct observer){.on_uart = show_byte});
    }
    sched_event_init(&t->half, "torture: the cut", cut, t);
    sched_at(&t->board.m->sched, &t->half, when);
}

/* ---- the parent: forks at each cut ---- */

static void show_progress(void *arg)
{
    const struct torture *t = arg;

    if (!t->progress) {
        return;
    }
    fprintf(stderr, "\rduoemu: %zu of %zu cuts", t->children.finished, t->plan.count);
    fflush(stderr);
}

/* What an interrupted run has tried already. */
static void skip_tried(struct torture *t)
{
    while (t->next < t->plan.count && t->outcomes[t->next].done) {
        t->next++;
    }
}

static void fork_cut(struct torture *t, vtime_t when)
{
    const struct cut *c = &t->plan.cuts[t->next++];

    const pid_t pid = children_fork(&t->children);
    if (pid == 0) {
        become_child(t, c, when);
        return;
    }
    skip_tried(t);
    if (pid < 0) {
        cli_error("cannot fork for %s: %s; its cut counts as not tried",
                  c->by_op ? "a flash operation" : "a moment", strerror(errno));
    }
}

static void plan_next_moment(struct torture *t);

/* Forks every cut that belongs here; in a child the loop ends at once. */
static void on_moment(void *arg)
{
    struct torture *t = arg;
    vtime_t now = machine_now(t->board.m);

    while (!t->cut && t->next < t->plan.count && !t->plan.cuts[t->next].by_op &&
           t->plan.cuts[t->next].at <= now) {
        fork_cut(t, now);
    }
    if (!t->cut) {
        plan_next_moment(t);
    }
}

static void plan_next_moment(struct torture *t)
{
    if (t->next < t->plan.count && !t->plan.cuts[t->next].by_op && !sched_pending(&t->moment)) {
        sched_at(&t->board.m->sched, &t->moment, t->plan.cuts[t->next].at);
    }
    if (t->next == t->plan.count) {
        machine_stop(t->board.m);
    }
}

static void on_op(void *arg, const struct flash_op *op, bool done)
{
    struct torture *t = arg;

    if (done) {
        return;
    }
    struct machine *m = t->board.m;
    vtime_t now = machine_now(m), end = flash_busy_until(m->flash, op->addr);
    vtime_t middle = end == VT_NEVER || end < now ? now : now + (end - now) / 2;
    while (!t->cut && t->next < t->plan.count && t->plan.cuts[t->next].by_op &&
           t->plan.cuts[t->next].op == op->number) {
        fork_cut(t, middle);
    }
    if (!t->cut) {
        plan_next_moment(t);
    }
}

/* ---- results ---- */

enum fate torture_fate(const struct torture *t, size_t cut)
{
    return t->outcomes[cut].done ? t->outcomes[cut].fate : FATE_NONE;
}

/* Operations the undisturbed run still had to do: the one that is cut counts as not done. */
static uint64_t ops_left(const struct torture *t, const struct cut *c)
{
    uint64_t done = 0;

    if (c->by_op) {
        return t->log.count - (c->op - 1 < t->log.count ? c->op - 1 : t->log.count);
    }
    while (done < t->log.count && t->log.ops[done].end <= c->at) {
        done++;
    }
    return t->log.count - done;
}

struct torture_sum torture_sum(const struct torture *t)
{
    struct torture_sum s = {.cuts = t->plan.count};

    for (size_t i = 0; i < t->plan.count; i++) {
        const struct outcome *o = &t->outcomes[i];
        uint64_t left = ops_left(t, &t->plan.cuts[i]);
        if (!fate_good(torture_fate(t, i))) {
            s.bad++;
            continue;
        }
        s.after += o->fate == FATE_NEW_SET;
        s.before += o->fate == FATE_OLD_SET;
        s.twice += t->plan.cuts[i].again != 0;
        s.boots = o->boots > s.boots ? o->boots : s.boots;
        s.time = o->time_after > s.time ? o->time_after : s.time;
        if (o->fate == FATE_NEW_SET && o->ops_after > left && o->ops_after - left > s.repeated) {
            s.repeated = o->ops_after - left;
        }
    }
    return s;
}

int torture_run(struct torture *t)
{
    int rc = open_board(t);

    if (rc) {
        return rc;
    }
    struct machine *m = t->board.m;
    for (size_t i = 0; i < t->plan.count; i++) {
        t->children.finished += t->outcomes[i].done;
    }
    t->children.ended = show_progress;
    t->children.arg = t;
    skip_tried(t);
    sched_event_init(&t->moment, "torture: a moment to cut at", on_moment, t);
    machine_observe(m, &(struct observer){.arg = t, .on_flash = on_op});
    machine_power_on(m);
    plan_next_moment(t);
    enum machine_stop why = M_TIME;
    if (t->next < t->plan.count) {
        why = machine_run(m, m->now + t->limit);
    }
    if (t->cut) {
        child_finish(t, why);
        fflush(NULL);
        _exit(0);
    }
    children_join(&t->children);
    if (t->progress) {
        fputc('\n', stderr);
    }
    board_close(&t->board);
    return 0;
}
