/* SPDX-License-Identifier: MIT */
/*
 * The counter of a timer: counting up, prescaler, repetition, auto-reload, compare, one-pulse.
 * RM0399, advanced-control, general-purpose and basic timers. Nothing ticks: it is computed when
 * somebody looks.
 */
#include "emu/chip/tim.h"

static bool counting(const struct tim *t)
{
    return (tim_cr1(t) & TIM_CR1_CEN) && t->hz && t->arr; /* ARR = 0 blocks the counter */
}

/* ---- time ---- */

static uint64_t clocks_since(const struct tim *t, vtime_t when)
{
    return (uint64_t)((unsigned __int128)(when - t->phase) * t->hz / VT_S);
}

static uint64_t ticks_at(const struct tim *t, vtime_t when)
{
    return (t->part + clocks_since(t, when)) / (t->psc + 1ull);
}

vtime_t tim_time_of_tick(const struct tim *t, uint64_t tick)
{
    unsigned __int128 ps = ((unsigned __int128)tick * (t->psc + 1) - t->part) * VT_S;

    return t->phase + (vtime_t)((ps + t->hz - 1) / t->hz);
}

void tim_restart_prescaler(struct tim *t, vtime_t when)
{
    t->phase = when;
    t->part = 0;
    t->ticks = 0;
}

void tim_other_clock(struct tim *t, uint64_t hz)
{
    tim_settle(t);
    if (counting(t)) {
        t->part += clocks_since(t, machine_now(t->m)) - t->ticks * (t->psc + 1ull);
        t->ticks = 0;
    }
    t->phase = machine_now(t->m);
    t->hz = hz;
}

/* ---- counting ---- */

void tim_load_shadows(struct tim *t)
{
    t->psc = t->reg[TIM_PSC / 4];
    t->arr = t->reg[TIM_ARR / 4];
    for (unsigned i = 0; i < TIM_CHANNELS; i++) {
        t->ccr[i] = t->reg[TIM_CCR1 / 4 + i];
    }
    t->repeat = t->reg[TIM_RCR / 4];
}

/* Ticks from cnt until it has value `to`, at least 1. */
static uint64_t distance(const struct tim *t, uint32_t to)
{
    uint64_t period = t->cnt > t->arr ? (uint64_t)t->place->max + 1 : (uint64_t)t->arr + 1;

    return to > t->cnt ? to - t->cnt : period - t->cnt + to;
}

/* Ticks until the counter is 0 again. Above ARR it runs to its end without an update event. */
static uint64_t until_wrap(const struct tim *t)
{
    return distance(t, 0);
}

/* A compare value above ARR matches at the overflow (RM0399, CCxIF). */
static uint64_t until_match(const struct tim *t, unsigned ch)
{
    if (t->ccr[ch] > t->arr) {
        return until_wrap(t);
    }
    return distance(t, t->ccr[ch]);
}

static bool is_output(const struct tim *t, unsigned ch)
{
    uint32_t ccmr = t->reg[(ch < 2 ? TIM_CCMR1 : TIM_CCMR2) / 4];

    return ch < t->place->kind->channels && (ccmr >> (ch & 1 ? 8 : 0) & 3) == 0;
}

static void mark_matches(struct tim *t, uint64_t ticks)
{
    for (unsigned ch = 0; ch < TIM_CHANNELS; ch++) {
        if (is_output(t, ch) && until_match(t, ch) <= ticks) {
            t->reg[TIM_SR / 4] |= BIT(1 + ch);
            tim_channel_match(t, ch);
        }
    }
}

static void overflow(struct tim *t, vtime_t when)
{
    if (t->repeat) {
        t->repeat--;
        return;
    }
    if (tim_cr1(t) & TIM_CR1_UDIS) {
        return;
    }
    t->reg[TIM_SR / 4] |= TIM_UIF;
    tim_trgo(t);
    if (t->psc != t->reg[TIM_PSC / 4]) {
        tim_restart_prescaler(t, when); /* the new division begins here */
    }
    tim_load_shadows(t);
    if (tim_cr1(t) & TIM_CR1_OPM) {
        t->reg[TIM_CR1 / 4] &= ~TIM_CR1_CEN;
    }
}

/* Ticks after which everything is as it was: a period, or as many as an update event takes; 0: an
 * overflow to come changes something. */
static uint64_t same_after(const struct tim *t)
{
    uint64_t period = (uint64_t)t->arr + 1;
    uint32_t repeat = t->reg[TIM_RCR / 4];

    if (t->cnt > t->arr) {
        return 0;
    }
    if (tim_cr1(t) & TIM_CR1_UDIS) {
        return t->repeat ? 0 : period;
    }
    if (t->psc != t->reg[TIM_PSC / 4] || t->arr != t->reg[TIM_ARR / 4] || t->repeat > repeat ||
        tim_cr1(t) & TIM_CR1_OPM) {
        return 0;
    }
    return period * ((uint64_t)repeat + 1);
}

/* However long nobody looked: what repeats is taken in one step, but for the end of it. */
static void skip_periods(struct tim *t, uint64_t ticks)
{
    uint64_t same = same_after(t);

    if (same && ticks / same >= 3) {
        t->ticks += ((ticks / same - 2) & ~1ull) * same; /* even: a toggling output stays */
    }
}

void tim_settle(struct tim *t)
{
    vtime_t now = machine_now(t->m);

    if (!t->arr) {
        tim_restart_prescaler(t, now);
    }
    while (counting(t) && now > t->phase) {
        skip_periods(t, ticks_at(t, now) - t->ticks);
        uint64_t ticks = ticks_at(t, now) - t->ticks;
        uint64_t wrap = until_wrap(t);
        bool past_arr = t->cnt > t->arr;
        if (ticks < wrap) {
            mark_matches(t, ticks);
            t->cnt += (uint32_t)ticks;
            t->ticks += ticks;
            return;
        }
        mark_matches(t, wrap);
        t->ticks += wrap;
        t->cnt = 0;
        if (!past_arr) {
            overflow(t, tim_time_of_tick(t, t->ticks));
        }
    }
}

uint64_t tim_until_event(const struct tim *t)
{
    uint32_t enabled = t->reg[TIM_DIER / 4] & ~t->reg[TIM_SR / 4];
    uint64_t next = UINT64_MAX;

    if (!counting(t)) {
        return next;
    }
    if ((enabled & TIM_UIF) || (tim_cr1(t) & TIM_CR1_OPM) || tim_update_is_trgo(t)) {
        next = until_wrap(t);
    }
    for (unsigned ch = 0; ch < TIM_CHANNELS; ch++) {
        if ((enabled & BIT(1 + ch)) && is_output(t, ch) && until_match(t, ch) < next) {
            next = until_match(t, ch);
        }
        if (tim_channel_watched(t, ch)) {
            const uint64_t wrap = until_wrap(t), match = until_match(t, ch);
            const uint64_t edge = match < wrap ? match : wrap;
            next = edge < next ? edge : next;
        }
    }
    return next;
}
