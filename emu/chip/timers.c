/*
 * Basic use of TIM2..TIM7: counting up, prescaler, auto-reload, update and compare flags,
 * interrupts, one-pulse. RM0399, general-purpose and basic timers.
 *
 * The counter is computed when somebody looks; an event is scheduled only for what interrupts or
 * ends a pulse. Counting down, slave modes, input capture, outputs on pins and DMA are reported
 * when switched on.
 */
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#include <stdio.h>

enum {
    TIM_CR1 = 0x00,
    TIM_CR2 = 0x04,
    TIM_SMCR = 0x08,
    TIM_DIER = 0x0C,
    TIM_SR = 0x10,
    TIM_EGR = 0x14,
    TIM_CCMR1 = 0x18,
    TIM_CCMR2 = 0x1C,
    TIM_CCER = 0x20,
    TIM_CNT = 0x24,
    TIM_PSC = 0x28,
    TIM_ARR = 0x2C,
    TIM_CCR1 = 0x34,
    TIM_CCR4 = 0x40,
    TIM_END = 0x70,
};

#define CR1_CEN      BIT(0)
#define CR1_UDIS     BIT(1)
#define CR1_URS      BIT(2)
#define CR1_OPM      BIT(3)
#define CR1_ARPE     BIT(7)
#define CR1_UIFREMAP BIT(11)
#define UIF          BIT(0)
#define CHANNELS     4

struct tim {
    struct machine *m;
    unsigned n; /* 2..7 */
    char name[8];
    unsigned irq;
    int gate;
    uint32_t base, max;
    bool basic; /* TIM6, TIM7: no channels */
    uint32_t reg[TIM_END / 4];
    uint32_t psc, arr, ccr[CHANNELS]; /* values in force behind the preload registers */
    uint32_t cnt;
    uint64_t hz;    /* timer clock in use */
    vtime_t phase;  /* when the prescaler last started */
    uint64_t ticks; /* counter clocks since then that cnt already holds */
    struct sched_event ev;
    bool irq_level;
};

static uint32_t cr1(const struct tim *t)
{
    return t->reg[TIM_CR1 / 4];
}

static bool counting(const struct tim *t)
{
    return (cr1(t) & CR1_CEN) && t->hz && t->arr; /* ARR = 0 blocks the counter */
}

/* ---- time ---- */

static uint64_t ticks_at(const struct tim *t, vtime_t when)
{
    unsigned __int128 clocks = (unsigned __int128)(when - t->phase) * t->hz;
    return (uint64_t)(clocks / ((unsigned __int128)(t->psc + 1) * VT_S));
}

/* Rounded up, so that the event finds its tick done. */
static vtime_t time_of_tick(const struct tim *t, uint64_t tick)
{
    unsigned __int128 ps = (unsigned __int128)tick * (t->psc + 1) * VT_S;
    return t->phase + (vtime_t)((ps + t->hz - 1) / t->hz);
}

static void restart_prescaler(struct tim *t, vtime_t when)
{
    t->phase = when;
    t->ticks = 0;
}

/* ---- counting ---- */

static void load_shadows(struct tim *t)
{
    t->psc = t->reg[TIM_PSC / 4];
    t->arr = t->reg[TIM_ARR / 4];
    for (unsigned i = 0; i < CHANNELS; i++)
        t->ccr[i] = t->reg[TIM_CCR1 / 4 + i];
}

/* Ticks from cnt until it has value `to`, at least 1. */
static uint64_t distance(const struct tim *t, uint32_t to)
{
    uint64_t period = t->cnt > t->arr ? (uint64_t)t->max + 1 : (uint64_t)t->arr + 1;
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
    if (t->ccr[ch] > t->arr)
        return until_wrap(t);
    return distance(t, t->ccr[ch]);
}

static bool is_output(const struct tim *t, unsigned ch)
{
    uint32_t ccmr = t->reg[(ch < 2 ? TIM_CCMR1 : TIM_CCMR2) / 4];
    return !t->basic && (ccmr >> (ch & 1 ? 8 : 0) & 3) == 0;
}

static void mark_matches(struct tim *t, uint64_t ticks)
{
    for (unsigned ch = 0; ch < CHANNELS; ch++)
        if (is_output(t, ch) && until_match(t, ch) <= ticks)
            t->reg[TIM_SR / 4] |= BIT(1 + ch);
}

static void overflow(struct tim *t, vtime_t when)
{
    if (cr1(t) & CR1_UDIS)
        return;
    t->reg[TIM_SR / 4] |= UIF;
    if (t->psc != t->reg[TIM_PSC / 4])
        restart_prescaler(t, when); /* the new division begins here */
    load_shadows(t);
    if (cr1(t) & CR1_OPM)
        t->reg[TIM_CR1 / 4] &= ~CR1_CEN;
}

/* Whole periods in which nothing changes any more are taken in one step. */
static void skip_periods(struct tim *t, uint64_t ticks)
{
    bool settled = t->psc == t->reg[TIM_PSC / 4] && t->arr == t->reg[TIM_ARR / 4] &&
                   !(cr1(t) & CR1_OPM) && t->arr;
    uint64_t period = (uint64_t)t->arr + 1;
    if (!settled || ticks < 3 * period || t->cnt > t->arr)
        return;
    t->ticks += (ticks / period - 2) * period;
}

/* Brings the counter to the present. */
static void settle(struct tim *t)
{
    vtime_t now = machine_now(t->m);
    bool skipped = false;
    while (counting(t) && now > t->phase) {
        uint64_t ticks = ticks_at(t, now) - t->ticks;
        if (!skipped) {
            skip_periods(t, ticks);
            skipped = true;
            continue;
        }
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
        if (!past_arr)
            overflow(t, time_of_tick(t, t->ticks));
    }
}

/* ---- interrupt and next event ---- */

static void update_irq(struct tim *t)
{
    bool level = t->reg[TIM_SR / 4] & t->reg[TIM_DIER / 4] & 0x5F;
    if (level != t->irq_level)
        machine_irq(t->m, t->irq, level);
    t->irq_level = level;
}

static void schedule(struct tim *t)
{
    uint32_t enabled = t->reg[TIM_DIER / 4] & ~t->reg[TIM_SR / 4];
    uint64_t next = UINT64_MAX;
    if (counting(t)) {
        if ((enabled & UIF) || (cr1(t) & CR1_OPM))
            next = until_wrap(t);
        for (unsigned ch = 0; ch < CHANNELS; ch++)
            if ((enabled & BIT(1 + ch)) && is_output(t, ch) && until_match(t, ch) < next)
                next = until_match(t, ch);
    }
    if (next == UINT64_MAX)
        sched_cancel(&t->m->sched, &t->ev);
    else
        sched_at(&t->m->sched, &t->ev, time_of_tick(t, t->ticks + next));
    update_irq(t);
}

static void tim_event(void *arg)
{
    struct tim *t = arg;
    settle(t);
    schedule(t);
}

static void clocks_changed(void *arg)
{
    struct tim *t = arg;
    uint64_t hz = rcc_gate_on(t->m->rcc, t->gate) ? rcc_hz(t->m->rcc, CLK_TIM_APB1) : 0;
    if (hz == t->hz)
        return;
    settle(t);
    t->hz = hz;
    restart_prescaler(t, machine_now(t->m)); /* less than one count is lost */
    schedule(t);
}

/* ---- registers ---- */

static void feature(struct tim *t, uint32_t reg, bool on, const char *what)
{
    if (on)
        machine_note(t->m, NOTE_FEATURE, t->base + reg, "timer.feature",
                     "%s: firmware switched on %s, which is not modelled", t->name, what);
}

static void write_cr1(struct tim *t, uint32_t value)
{
    uint32_t risen = value & ~cr1(t);
    feature(t, TIM_CR1, risen & 0x70, "counting down or centre-aligned");
    if (risen & CR1_CEN)
        restart_prescaler(t, machine_now(t->m));
    t->reg[TIM_CR1 / 4] = value & 0xBFF;
}

static void generate(struct tim *t, uint32_t value)
{
    feature(t, TIM_EGR, value & BIT(6), "a software trigger");
    if (!t->basic)
        t->reg[TIM_SR / 4] |= value & 0x1E;
    if (!(value & UIF))
        return;
    t->cnt = 0;
    restart_prescaler(t, machine_now(t->m));
    if (cr1(t) & CR1_UDIS)
        return;
    load_shadows(t);
    if (!(cr1(t) & CR1_URS))
        t->reg[TIM_SR / 4] |= UIF;
    if (cr1(t) & CR1_OPM)
        t->reg[TIM_CR1 / 4] &= ~CR1_CEN;
}

static bool preloaded(const struct tim *t, unsigned ch)
{
    uint32_t ccmr = t->reg[(ch < 2 ? TIM_CCMR1 : TIM_CCMR2) / 4];
    return ccmr >> (ch & 1 ? 11 : 3) & 1;
}

static void write_channel(struct tim *t, uint32_t reg, uint32_t value)
{
    uint32_t risen = value & ~t->reg[reg / 4];
    if (reg == TIM_CCER) {
        feature(t, reg, risen & 0x1111, "a channel's pin");
    } else if (reg == TIM_SMCR) {
        feature(t, reg, value & 0x10007, "a slave mode");
        feature(t, reg, risen & BIT(14), "an external clock");
    } else if (reg == TIM_CCMR1 || reg == TIM_CCMR2) {
        feature(t, reg, risen & 0x303, "input capture");
    }
    t->reg[reg / 4] = value;
    if (reg >= TIM_CCR1 && reg <= TIM_CCR4 && !preloaded(t, (reg - TIM_CCR1) / 4))
        t->ccr[(reg - TIM_CCR1) / 4] = value;
}

/* Bits that exist; registers not listed here mask for themselves. */
static uint32_t implemented(const struct tim *t, uint32_t reg)
{
    static const uint32_t mask[TIM_END / 4] = {
        [TIM_CR2 / 4] = 0x000000F8,   [TIM_SMCR / 4] = 0x0031FFF7, [TIM_CCMR1 / 4] = 0x0101FFFF,
        [TIM_CCMR2 / 4] = 0x0101FFFF, [TIM_CCER / 4] = 0x0000BBBB, [0x48 / 4] = 0x00001F1F,
        [0x4C / 4] = 0x0000FFFF,      [0x60 / 4] = 0x0003C000,     [0x68 / 4] = 0x0F0F0F0F,
    };
    if (t->basic && reg == TIM_CR1)
        return 0x88F;
    if (t->basic && reg == TIM_CR2)
        return 0x070;
    return mask[reg / 4] ? mask[reg / 4] : 0xFFFFFFFF;
}

static void write_register(struct tim *t, uint32_t reg, uint32_t value)
{
    value &= implemented(t, reg);
    switch (reg) {
    case TIM_CR1:
        write_cr1(t, value);
        break;
    case TIM_DIER:
        feature(t, reg, value & ~t->reg[reg / 4] & 0x5F00, "DMA requests");
        t->reg[reg / 4] = value & (t->basic ? 0x101 : 0x5F5F);
        break;
    case TIM_SR: /* write 0 clears */
        t->reg[reg / 4] &= value;
        break;
    case TIM_EGR:
        generate(t, value);
        break;
    case TIM_CNT:
        t->cnt = value & t->max;
        break;
    case TIM_PSC:
        t->reg[reg / 4] = value & 0xFFFF; /* in force at the next update event */
        break;
    case TIM_ARR:
        t->reg[reg / 4] = value & t->max;
        if (!(cr1(t) & CR1_ARPE))
            t->arr = value & t->max;
        break;
    case TIM_CR2:
        t->reg[reg / 4] = value;
        break;
    default:
        if (!t->basic)
            write_channel(t, reg, reg >= TIM_CCR1 && reg <= TIM_CCR4 ? value & t->max : value);
        break;
    }
}

static uint32_t tim_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    struct tim *t = self;
    if (off >= TIM_END)
        return 0;
    settle(t);
    if (off != TIM_CNT)
        return t->reg[off / 4];
    if (!(cr1(t) & CR1_UIFREMAP))
        return t->cnt;
    return (t->cnt & 0x7FFFFFFF) | t->reg[TIM_SR / 4] << 31;
}

static enum bus_status tim_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    *value = reg_part(tim_peek(self, a->master, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status tim_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    struct tim *t = self;
    uint32_t reg = off & ~3u;
    if (reg >= TIM_END)
        return BUS_OK;
    uint32_t old = tim_peek(t, a->master, reg);
    write_register(t, reg, reg_merge(old, reg_shift(value, off, size), reg_lanes(off, size)));
    schedule(t);
    return BUS_OK;
}

static void tim_reset(void *self, bool power_on)
{
    (void)power_on;
    struct tim *t = self;
    for (unsigned i = 0; i < TIM_END / 4; i++)
        t->reg[i] = 0;
    t->reg[TIM_ARR / 4] = t->max;
    load_shadows(t);
    t->cnt = 0;
    t->irq_level = false;
    machine_irq(t->m, t->irq, false);
    sched_cancel(&t->m->sched, &t->ev);
}

static const struct dev_ops tim_ops = {
    .read = tim_read, .write = tim_write, .peek = tim_peek, .reset = tim_reset};

void timers_new(struct machine *m)
{
    static const unsigned irq[] = {28, 29, 30, 50, 54, 55};
    for (unsigned i = 0; i < 6; i++) {
        struct tim *t = machine_alloc(m, sizeof *t);
        t->m = m;
        t->n = 2 + i;
        t->irq = irq[i];
        t->gate = GATE(G_APB1L, i);
        t->base = 0x40000000 + 0x400 * i;
        t->max = t->n == 2 || t->n == 5 ? 0xFFFFFFFF : 0xFFFF;
        t->basic = t->n >= 6;
        snprintf(t->name, sizeof t->name, "TIM%u", t->n & 7);
        sched_event_init(&t->ev, tim_event, t);
        tim_reset(t, true);
        bus_add_dev(&m->bus, &(struct dev){.name = t->name,
                                           .base = t->base,
                                           .size = 0x400,
                                           .gate = t->gate,
                                           .ops = &tim_ops,
                                           .self = t});
        rcc_on_change(m->rcc, clocks_changed, t);
    }
}
