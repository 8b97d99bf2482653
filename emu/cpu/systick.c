/* SPDX-License-Identifier: MIT */
/* SysTick and the cycle counter, both computed from virtual time: nothing ticks. */
#include "emu/cpu/internal.h"

enum { CSR_ENABLE = 1, CSR_TICKINT = 2, CSR_CLKSOURCE = 4, CSR_COUNTFLAG = 1u << 16 };
#define CALIB 0x000003e8u /* RM0399: 1 ms at 1 MHz; no NOREF, no SKEW */

static vtime_t present(const struct core *c)
{
    vtime_t now = machine_now(c->m);

    return now > c->tick.t0 ? now : c->tick.t0;
}

static uint64_t ticks_between(vtime_t from, vtime_t to, uint64_t hz)
{
    uint64_t product;

    if (to <= from) {
        return 0;
    }
    if (!__builtin_mul_overflow(to - from, hz, &product)) {
        return product / VT_S; /* much faster, and nearly always so: a tick is a millisecond */
    }
    return (uint64_t)((unsigned __int128)(to - from) * hz / VT_S);
}

/* Earliest time at which n ticks have passed. */
static vtime_t time_of_ticks(vtime_t from, uint64_t n, uint64_t hz)
{
    return from + (vtime_t)(((unsigned __int128)n * VT_S + hz - 1) / hz);
}

/* Value after n ticks, and how often 1 -> 0 happened. */
static uint32_t value_after(const struct systick *t, uint64_t n, uint64_t *wraps)
{
    *wraps = 0;
    if (n == 0) {
        return t->value;
    }
    uint64_t period = (uint64_t)t->reload + 1;
    if (t->value >= n) {
        *wraps = t->value == n;
        return t->value - (uint32_t)n;
    }
    n -= t->value; /* at least 1: ticks since 0 was reached, the first of which reloads */
    *wraps = t->value ? 1 : 0;
    if (!t->reload) {
        return 0; /* stays at 0 */
    }
    *wraps += n / period;
    return (uint32_t)((period - n % period) % period);
}

/* Brings value and t0 to the present tick. */
static void sync(struct core *c)
{
    struct systick *t = &c->tick;
    vtime_t now = present(c);

    if (!t->hz) {
        t->t0 = now;
        return;
    }
    uint64_t n = ticks_between(t->t0, now, t->hz), wraps;
    t->value = value_after(t, n, &wraps);
    t->t0 = time_of_ticks(t->t0, n, t->hz);
    if (wraps) {
        t->countflag = true;
        if (t->ctrl & CSR_TICKINT) {
            exc_pend(c, EXC_SYSTICK);
        }
    }
}

static void plan(struct core *c)
{
    struct systick *t = &c->tick;

    if (!t->hz || !(t->ctrl & CSR_TICKINT) || (!t->value && !t->reload)) {
        sched_cancel(&c->m->sched, &t->event);
        return;
    }
    uint64_t n = t->value ? t->value : (uint64_t)t->reload + 1;
    sched_at(&c->m->sched, &t->event, time_of_ticks(t->t0, n, t->hz));
}

static void on_wrap(void *arg)
{
    sync(arg);
    plan(arg);
}

static uint64_t core_hz(const struct core *c)
{
    return c->power == POWER_DEEPSLEEP || c->debug_halted ? 0 : c->m->clk[c->id].hz;
}

/* RM0399: CLKSOURCE 0 is the core clock divided by 8. */
static uint64_t tick_hz(const struct core *c)
{
    if (!(c->tick.ctrl & CSR_ENABLE)) {
        return 0;
    }
    return c->tick.ctrl & CSR_CLKSOURCE ? core_hz(c) : core_hz(c) / 8;
}

static void cyc_sync(struct core *c)
{
    vtime_t now = machine_now(c->m);

    if (now > c->cyc_t0) {
        c->cyc_base += ticks_between(c->cyc_t0, now, c->cyc_hz);
        c->cyc_t0 = now;
    }
}

static bool cyc_on(const struct core *c)
{
    return c->demcr & 1u << 24 && c->dwt_ctrl & 1; /* TRCENA, CYCCNTENA */
}

void cyccnt_enable(struct core *c, bool on)
{
    cyc_sync(c);
    c->cyc_hz = on ? core_hz(c) : 0;
}

void systick_clock(struct core *c)
{
    sync(c);
    c->tick.hz = tick_hz(c);
    plan(c);
    cyccnt_enable(c, cyc_on(c));
}

void systick_init(struct core *c)
{
    sched_event_init(&c->tick.event, "SysTick: wraps", on_wrap, c);
}

void systick_reset(struct core *c)
{
    struct systick *t = &c->tick;

    sched_cancel(&c->m->sched, &t->event);
    t->ctrl = t->reload = t->value = 0;
    t->hz = 0;
    t->t0 = machine_now(c->m);
    t->countflag = false;
    c->cyc_base = 0;
    c->cyc_hz = 0;
    c->cyc_t0 = t->t0;
}

static uint32_t read_csr(struct core *c, bool peek)
{
    uint32_t v = c->tick.ctrl | (c->tick.countflag ? CSR_COUNTFLAG : 0);

    if (!peek) {
        c->tick.countflag = false;
    }
    return v;
}

uint32_t systick_read(struct core *c, uint32_t off, bool peek)
{
    sync(c);
    switch (off) {
    case 0x0:
        return read_csr(c, peek);
    case 0x4:
        return c->tick.reload;
    case 0x8:
        return c->tick.value;
    case 0xc:
        return CALIB;
    default:
        return 0;
    }
}

void systick_write(struct core *c, uint32_t off, uint32_t value)
{
    sync(c);
    switch (off) {
    case 0x0:
        c->tick.ctrl = value & 7;
        break;
    case 0x4:
        c->tick.reload = value & 0xffffff;
        break;
    case 0x8: /* any write clears, without pending */
        c->tick.value = 0;
        c->tick.countflag = false;
        break;
    default:
        return;
    }
    c->tick.hz = tick_hz(c);
    plan(c);
}

uint32_t cyccnt_read(const struct core *c)
{
    return (uint32_t)(c->cyc_base + ticks_between(c->cyc_t0, machine_now(c->m), c->cyc_hz));
}

void cyccnt_write(struct core *c, uint32_t value)
{
    c->cyc_base = value;
    c->cyc_t0 = machine_now(c->m);
}
