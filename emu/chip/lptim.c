/* SPDX-License-Identifier: MIT */
/*
 * LPTIM1 to LPTIM5 on their internal clock (RM0399, Low-power timer): prescaler, continuous and
 * one-shot, auto-reload and compare with their interrupts, the counter. External clock, triggers,
 * encoder mode and the output pin are not there; the first three are reported.
 */
#include "emu/chip/regfile.h"
#include "emu/chip/seam/exti.h"

#include <string.h>

enum {
    ISR = 0x00,
    ICR = 0x04,
    IER = 0x08,
    CFGR = 0x0C,
    CR = 0x10,
    CMP = 0x14,
    ARR = 0x18,
    CNT = 0x1C
};

#define FLAG_CMPM   BIT(0)
#define FLAG_ARRM   BIT(1)
#define FLAG_CMPOK  BIT(3)
#define FLAG_ARROK  BIT(4)
#define CFGR_CKSEL  BIT(0)
#define CFGR_TRIGEN (3u << 17)
#define CFGR_ENC    BIT(24)
#define CR_ENABLE   BIT(0)
#define CR_SNGSTRT  BIT(1)
#define CR_CNTSTRT  BIT(2)
#define CR_COUNTRST BIT(3)

static const struct place {
    const char *name;
    uint8_t irq, line; /* of the EXTI, where it ends Stop */
    const struct kernel_clock *clock;
} places[] = {
    {"LPTIM1", 93, 47, &kernel_lptim1},    {"LPTIM2", 138, 48, &kernel_lptim2},
    {"LPTIM3", 139, 50, &kernel_lptim345}, {"LPTIM4", 140, 52, &kernel_lptim345},
    {"LPTIM5", 141, 53, &kernel_lptim345},
};

struct lptim {
    struct regfile *f;
    struct machine *m;
    const struct place *place;
    uint32_t flags;
    bool running, single, irq;
    uint64_t base; /* counts up to `since`, in the rate of that time */
    vtime_t since;
    uint64_t hz; /* of a count, as it was since then, times the prescaler */
    struct sched_event ev;
};

static uint32_t held(const struct lptim *t, uint32_t off)
{
    return rf_held(t->f, off);
}

static unsigned prescaler(const struct lptim *t)
{
    return 1u << (held(t, CFGR) >> 9 & 7);
}

static uint64_t counts(const struct lptim *t)
{
    if (!t->running || !t->hz) {
        return t->base;
    }
    vtime_t span = machine_now(t->m) - t->since;
    return t->base + (uint64_t)((unsigned __int128)span * t->hz / VT_S / prescaler(t));
}

static uint32_t period(const struct lptim *t)
{
    return held(t, ARR) + 1;
}

static void update(struct lptim *t)
{
    bool irq = t->flags & held(t, IER);

    if (irq != t->irq) {
        t->irq = irq;
        machine_irq(t->m, t->place->irq, irq);
        exti_direct(t->m->exti, t->place->line, irq);
    }
}

/* Counts until the counter comes to `value`; at least one. */
static uint32_t until(const struct lptim *t, uint64_t now, uint32_t value)
{
    uint32_t at = (uint32_t)(now % period(t));

    return value > at ? value - at : value + period(t) - at;
}

static void plan(struct lptim *t)
{
    uint64_t now = counts(t);
    uint32_t next = until(t, now, held(t, ARR)), compare = held(t, CMP);

    sched_cancel(&t->m->sched, &t->ev);
    if (!t->running || !t->hz) {
        return;
    }
    if (compare < period(t) && until(t, now, compare) < next) {
        next = until(t, now, compare);
    }
    unsigned __int128 cycles = (unsigned __int128)(now + next - t->base) * prescaler(t);
    sched_at(&t->m->sched, &t->ev, t->since + (vtime_t)((cycles * VT_S + t->hz - 1) / t->hz));
}

/* In Stop LSE and LSI are left. */
static uint64_t kernel_hz(const struct lptim *t)
{
    const struct rcc *rcc = t->m->rcc;
    const int gate = rf_block_of(t->f)->gate;
    bool in_stop = rcc_kernel_wakes(rcc, t->place->clock) && rcc_gate_asked(rcc, gate);

    return rcc_gate_on(rcc, gate) || in_stop ? rcc_kernel_hz(rcc, t->place->clock) : 0;
}

/* From here on it counts by the clock of now. */
static void rebase(struct lptim *t)
{
    t->base = counts(t);
    t->since = machine_now(t->m);
    t->hz = kernel_hz(t);
    plan(t);
}

static void stop(struct lptim *t)
{
    t->running = false;
    t->base = 0;
    sched_cancel(&t->m->sched, &t->ev);
}

static void on_match(void *arg)
{
    struct lptim *t = arg;
    uint32_t at = (uint32_t)(counts(t) % period(t));

    t->flags |= at == held(t, CMP) ? FLAG_CMPM : 0;
    if (at == held(t, ARR)) {
        t->flags |= FLAG_ARRM;
        if (t->single) {
            stop(t);
        }
    }
    plan(t);
    update(t);
}

static void check(const struct lptim *t)
{
    uint32_t cfgr = held(t, CFGR);

    if (cfgr & CFGR_CKSEL) {
        rf_missing(t->f, CFGR, "an external clock (CKSEL)");
    }
    if (cfgr & CFGR_TRIGEN) {
        rf_missing(t->f, CFGR, "a trigger (TRIGEN)");
    }
    if (cfgr & CFGR_ENC) {
        rf_missing(t->f, CFGR, "encoder mode (ENC)");
    }
}

static void control(struct lptim *t, uint32_t written, uint32_t old)
{
    bool enabled = held(t, CR) & CR_ENABLE;

    if (!enabled) {
        stop(t);
        t->flags = 0;
        rf_change(t->f, CR, 0, CR_SNGSTRT | CR_CNTSTRT);
        return;
    }
    if (!(old & CR_ENABLE)) {
        check(t);
        rf_change(t->f, CR, 0, CR_SNGSTRT | CR_CNTSTRT); /* only after ENABLE */
        return;
    }
    if (written & CR_COUNTRST) {
        t->base = 0;
        t->since = machine_now(t->m);
    }
    if (written & (CR_SNGSTRT | CR_CNTSTRT)) {
        t->single = !(written & CR_CNTSTRT);
        if (!t->running) {
            t->running = true;
            t->since = machine_now(t->m);
            t->hz = kernel_hz(t);
        }
    }
    plan(t);
}

static void lptim_write(void *self, uint32_t off, unsigned size, uint32_t written, uint32_t old)
{
    struct lptim *t = self;
    bool enabled = held(t, CR) & CR_ENABLE;

    (void)size;
    switch (off) {
    case ICR:
        t->flags &= ~written;
        break;
    case CR:
        control(t, written, old);
        break;
    case ARR:
    case CMP: /* they reach the counter's clock at once here */
        t->flags |= !enabled ? 0 : off == ARR ? FLAG_ARROK : FLAG_CMPOK;
        plan(t);
        break;
    default:
        break;
    }
    update(t);
}

static uint32_t lptim_look(const void *self, uint32_t off, uint32_t value)
{
    const struct lptim *t = self;

    return off == ISR ? t->flags : off == CNT ? (uint32_t)(counts(t) % period(t)) : value;
}

static void lptim_read(void *self, uint32_t off, unsigned size)
{
    (void)self;
    (void)off;
    (void)size;
}

static void lptim_reset(void *self)
{
    struct lptim *t = self;

    stop(t);
    t->flags = 0;
    update(t);
}

/* Each Stop changes some clock. If it is not ours, the count that has begun goes on. */
static void clock_changed(void *arg)
{
    struct lptim *t = arg;

    if (kernel_hz(t) != t->hz) {
        rebase(t);
    }
}

static void *lptim_make(struct regfile *f)
{
    struct machine *m = rf_machine(f);
    struct lptim *t = machine_alloc(m, sizeof(*t));

    t->f = f;
    t->m = m;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (strcmp(places[i].name, rf_block_of(f)->name) == 0) {
            t->place = &places[i];
        }
    }
    sched_event_init(&t->ev, "LPTIM: a match", on_match, t);
    rcc_on_change(m->rcc, clock_changed, t);
    return t;
}

const struct rf_model lptim12_model = {RF_LPTIM1,  lptim_make, lptim_reset,
                                       lptim_look, lptim_read, lptim_write};
const struct rf_model lptim345_model = {RF_LPTIM3,  lptim_make, lptim_reset,
                                        lptim_look, lptim_read, lptim_write};
