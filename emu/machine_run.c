/* SPDX-License-Identifier: MIT */
/* Two cores and the events of the chip take turns in virtual time. */
#include "emu/machine.h"

#include "emu/chip/chip.h"

/* ---- time of a core ---- */

/* n * times / by; nearly always with 64 bits, which is the faster part of each slice. */
static uint64_t scale(uint64_t n, uint64_t times, uint64_t by)
{
    uint64_t product;

    if (!__builtin_mul_overflow(n, times, &product)) {
        return product / by;
    }
    return (uint64_t)((unsigned __int128)n * times / by);
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static void set_hz(struct core_clock *k, uint64_t hz)
{
    uint64_t divisor = common_divisor(VT_S, hz);

    k->hz = hz;
    k->ps = VT_S / divisor;
    k->insns = hz / divisor;
}

static vtime_t time_of_insns(const struct core_clock *k, uint64_t insns)
{
    if (!k->hz) {
        return k->base;
    }
    return k->base + scale(insns - k->base_insns, k->ps, k->insns);
}

vtime_t machine_core_time(const struct machine *m, enum core_id id)
{
    return m->core[id] ? time_of_insns(&m->clk[id], core_insns(m->core[id])) : m->now;
}

vtime_t machine_now(const struct machine *m)
{
    return m->running >= 0 ? machine_core_time(m, (enum core_id)m->running) : m->now;
}

void machine_rebase(struct machine *m, enum core_id id, vtime_t t)
{
    struct core_clock *k = &m->clk[id];

    k->base = t;
    k->base_insns = core_insns(m->core[id]);
}

void machine_clocks_changed(struct machine *m)
{
    static const enum clk which[CORES] = {CLK_CPU1, CLK_CPU2};

    for (int i = 0; i < CORES; i++) {
        uint64_t hz = rcc_hz(m->rcc, which[i]);
        if (!m->core[i] || hz == m->clk[i].hz) {
            continue;
        }
        machine_rebase(m, (enum core_id)i, machine_core_time(m, (enum core_id)i));
        set_hz(&m->clk[i], hz);
        core_clock_changed(m->core[i]);
    }
    machine_sync(m);
}

/* ---- slices ---- */

void machine_sync(struct machine *m)
{
    if (m->running >= 0) {
        core_break(m->core[m->running]);
    }
}

static void on_earlier(void *arg, vtime_t when)
{
    struct machine *m = arg;

    if (m->running >= 0 && when < m->slice_end) {
        machine_sync(m);
    }
}

static void on_fire(void *arg, const struct sched_event *e)
{
    struct machine *m = arg;

    machine_tell(m, on_event, e->name);
}

void machine_follow_events(struct machine *m)
{
    m->sched.on_earlier = on_earlier;
    m->sched.on_fire = on_fire;
    m->sched.arg = m;
}

void machine_stop(struct machine *m)
{
    m->stop_requested = true;
    machine_sync(m);
}

void machine_debug_stop(struct machine *m)
{
    m->debug_requested = true;
    machine_sync(m);
}

/* A core that has just stopped may be ahead of the common time: its counters stand where it is. */
void machine_halt_core(struct machine *m, enum core_id id, bool halted)
{
    if (!m->core[id] || core_halted(m->core[id]) == halted) {
        return;
    }
    m->running = machine_core_time(m, id) > m->now ? (int)id : -1;
    core_set_halted(m->core[id], halted);
    m->running = -1;
    dbgmcu_halt(m->dbgmcu, id, halted);
}

static bool wait_is_over(struct machine *m, enum core_id id)
{
    struct core *c = m->core[id];

    if (core_held(c) || core_halted(c) || core_locked_up(c) ||
        m->clk[id].stalled_until == VT_NEVER) {
        return false;
    }
    return core_power(c) == POWER_RUN || core_wakeable(c);
}

/* A core that waited starts again at the present time, never in its past. */
static bool runnable(struct machine *m, enum core_id id)
{
    struct core_clock *k = &m->clk[id];

    if (!m->core[id] || !k->hz) {
        return false;
    }
    if (pwr_holds(m->pwr, id)) {
        k->waiting = true;
        return false;
    }
    if (!k->waiting) {
        return true;
    }
    if (!wait_is_over(m, id)) {
        return false;
    }
    k->waiting = false;
    if (machine_core_time(m, id) < m->now) {
        machine_rebase(m, id, m->now);
    }
    return true;
}

/* The core to run next: of those that can run, the one that is behind. -1: both wait. */
static int pick(struct machine *m)
{
    bool r7 = runnable(m, CM7), r4 = runnable(m, CM4);

    if (r7 && r4) {
        return machine_core_time(m, CM7) <= machine_core_time(m, CM4) ? CM7 : CM4;
    }
    return r7 ? CM7 : r4 ? CM4 : -1;
}

static vtime_t slice_limit(struct machine *m, int id, vtime_t next)
{
    int other = id == CM7 ? CM4 : CM7;

    if (!m->core[other] || m->clk[other].waiting) {
        return next;
    }
    vtime_t lead = machine_core_time(m, (enum core_id)other) + m->quantum * VT_S / m->clk[id].hz;
    return lead < next ? lead : next;
}

/* Instructions that begin before `limit`; at least one, so that time always moves. */
static uint64_t insns_until(struct machine *m, int id, vtime_t limit)
{
    vtime_t t = machine_core_time(m, (enum core_id)id);
    uint64_t n = limit > t ? scale(limit - t, m->clk[id].insns, m->clk[id].ps) : 0;

    if (n > 50000) {
        return 50000; /* between slices the host is looked at and time is held back */
    }
    return n ? n : 1;
}

/* While both cores do nothing but poll, nothing happens before the next event. */
static vtime_t poll_limit(const struct machine *m, vtime_t limit, vtime_t next)
{
    return m->clk[CM7].polls && m->clk[CM4].polls ? next : limit;
}

static void forget_polling(struct machine *m)
{
    m->clk[CM7].polls = m->clk[CM4].polls = false;
}

static enum core_stop run_slice(struct machine *m, int id, vtime_t limit, vtime_t next)
{
    struct core_clock *k = &m->clk[id];

    m->slice_end = limit;
    m->running = id;
    enum core_stop why = core_run(m->core[id], insns_until(m, id, limit),
                                  insns_until(m, id, poll_limit(m, limit, next)));
    m->running = -1;
    k->polls = why == STOP_LIMIT && core_polls(m->core[id]);
    if (why == STOP_STALL) {
        k->stalled_until = VT_NEVER;
    }
    k->waiting = why == STOP_STALL || why == STOP_SLEEP || why == STOP_LOCKUP || why == STOP_HELD ||
                 why == STOP_HALTED;
    return why;
}

/* What a core did in its slice is in the past of one that waits: bring the common time there. */
static void advance_now(struct machine *m, int ran)
{
    vtime_t t = machine_core_time(m, (enum core_id)ran);
    int other = ran == CM7 ? CM4 : CM7;

    if (m->core[other] && !m->clk[other].waiting && machine_core_time(m, (enum core_id)other) < t) {
        t = machine_core_time(m, (enum core_id)other);
    }
    vtime_t next = sched_next(&m->sched);
    if (t > next) {
        t = next;
    }
    if (t > m->now) {
        m->now = t;
    }
}

static bool dead(const struct core *c)
{
    return !c || core_locked_up(c) || core_held(c);
}

static bool all_dead(const struct machine *m)
{
    return dead(m->core[CM7]) && dead(m->core[CM4]) &&
           ((m->core[CM7] && core_locked_up(m->core[CM7])) ||
            (m->core[CM4] && core_locked_up(m->core[CM4])));
}

static void fire_until(struct machine *m, vtime_t t)
{
    if (t > m->now) {
        m->now = t;
    }
    forget_polling(m);
    sched_fire(&m->sched, m->now);
}

static vtime_t next_event(const struct machine *m, vtime_t until)
{
    vtime_t next = sched_next(&m->sched);

    return next < until ? next : until;
}

enum machine_stop machine_run(struct machine *m, vtime_t until)
{
    forget_polling(m); /* whoever had the machine stopped may have changed anything */
    for (;;) {
        if (m->reset_pending && !m->power_cut) {
            machine_do_reset(m);
        }
        m->not_due = false;
        if (m->on_idle && !m->stop_requested) {
            m->on_idle(m->on_idle_arg, next_event(m, until), pick(m) < 0);
        }
        if (m->stop_requested) {
            m->stop_requested = false;
            return m->power_cut ? M_POWER_CUT : M_USER;
        }
        if (m->reset_pending) {
            continue;
        }
        if (m->debug_requested) {
            m->debug_requested = false;
            m->debug_core = -1;
            return M_DEBUG;
        }
        int id = pick(m); /* after host input, which may have woken a core or scheduled an event */
        vtime_t next = next_event(m, until);
        if (id < 0 || machine_core_time(m, (enum core_id)id) >= next) {
            if (m->lockup_stops && all_dead(m)) {
                return M_LOCKUP;
            }
            if (m->not_due || (next == VT_NEVER && m->host_can_wake)) {
                continue;
            }
            if (next == VT_NEVER) {
                return M_IDLE;
            }
            fire_until(m, next);
            if (m->now >= until && !m->reset_pending && !m->stop_requested) {
                return M_TIME;
            }
            continue;
        }
        enum core_stop why = run_slice(m, id, slice_limit(m, id, next), next);
        advance_now(m, id);
        if (why == STOP_DEBUG) {
            m->debug_core = id;
            return M_DEBUG;
        }
    }
}
