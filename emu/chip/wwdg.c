/* SPDX-License-Identifier: MIT */
/* WWDG1 and WWDG2: window watchdogs on the APB clock (RM0399, window watchdog). */
#include "chip/stm32h7/regs.h"
#include "emu/chip/reg.h"
#include "emu/chip/watchdog.h"

enum { WWDG_CFR = 0x04, WWDG_SR = 0x08 };
enum {
    CR_T = WWDG_CR_T,
    CR_WDGA = WWDG_CR_WDGA,
    CFR_EWI = BIT(9),
    CFR_FIELDS = 0x3A7F,
    SR_EWIF = BIT(0)
};

#define WWDG_IRQ 0

struct wwdg {
    struct machine *m;
    enum core_id id;
    bool active;
    uint32_t cfr, sr;
    uint32_t t; /* counter at `since` */
    vtime_t since;
    uint32_t part; /* of a tick, that had passed then, in 1/2^32 */
    vtime_t tick;  /* 0: its clock is off, the counter stands */
    struct sched_event early, bite;
};

static void note_line(struct wwdg *w)
{
    machine_irq_core(w->m, w->id, WWDG_IRQ, (w->sr & SR_EWIF) && (w->cfr & CFR_EWI));
}

static vtime_t tick_of(const struct wwdg *w)
{
    uint64_t hz = rcc_hz(w->m->rcc, w->id == CM7 ? CLK_PCLK3 : CLK_PCLK1);

    if (dbgmcu_frozen(w->m->dbgmcu, w->id == CM7 ? DBG_WWDG1 : DBG_WWDG2)) {
        return 0;
    }
    if (!hz || !rcc_gate_on(w->m->rcc, w->id == CM7 ? GATE(G_APB3, 6) : GATE(G_APB1L, 11))) {
        return 0;
    }
    return (vtime_t)(((unsigned __int128)VT_S * 4096 << (w->cfr >> 11 & 7)) / hz);
}

/* Of the tick that `since` lies in. */
static vtime_t passed(const struct wwdg *w)
{
    return (vtime_t)((unsigned __int128)w->tick * w->part >> 32);
}

static uint64_t in_ticks(const struct wwdg *w)
{
    return machine_now(w->m) - w->since + passed(w);
}

static uint32_t counter(const struct wwdg *w)
{
    uint64_t n = w->tick ? in_ticks(w) / w->tick : 0;

    return (w->t - (uint32_t)n) & CR_T;
}

/* Counts down from t with the present clock; the events are where it passes 0x40 and 0x3F. */
static void count(struct wwdg *w, uint32_t t, uint32_t part)
{
    w->t = t;
    w->part = part;
    w->since = machine_now(w->m);
    w->tick = tick_of(w);
    sched_cancel(&w->m->sched, &w->early);
    sched_cancel(&w->m->sched, &w->bite);
    if (!w->tick || !w->active) {
        return;
    }
    uint32_t to_bite = (t - 0x3F) & CR_T;
    if (t > 0x40) {
        sched_at(&w->m->sched, &w->early, w->since + w->tick * (t - 0x40) - passed(w));
    }
    sched_at(&w->m->sched, &w->bite, w->since + w->tick * to_bite - passed(w));
}

static void run_from(struct wwdg *w, uint32_t t)
{
    count(w, t, 0);
}

/* With another clock. The tick that has begun goes on: changes that follow one another faster than
 * ticks would keep it from biting for good. */
static void go_on(struct wwdg *w)
{
    uint32_t part = w->part;

    if (w->tick) {
        part = (uint32_t)(((unsigned __int128)(in_ticks(w) % w->tick) << 32) / w->tick);
    }
    count(w, counter(w), part);
}

static void on_early(void *arg)
{
    struct wwdg *w = arg;

    w->sr |= SR_EWIF;
    note_line(w);
}

static void clear(struct wwdg *w)
{
    w->active = false;
    w->cfr = 0x7F;
    w->sr = 0;
    run_from(w, 0x7F);
    note_line(w);
}

/* Scope "core" (GCR.WWxRSC = 0) resets that core and its WWDG only. The manual does not guarantee
 * behaviour for it and the errata is said to warn of an AXI lock-up: always reported. */
static void reset_core_only(struct wwdg *w)
{
    machine_note(w->m, N_WWDG_CORE_SCOPE, ADDR(RCC, GCR),
                 "WWDG%d resets its core only (RCC_GCR.WW%dRSC = 0); the manual wants WW%dRSC set "
                 "before the watchdog is started, real chips may hang",
                 w->id + 1, w->id + 1, w->id + 1);
    clear(w);
    rcc_note_core_reset(w->m->rcc, w->id, w->id == CM7);
    machine_reset_core(w->m, w->id, w->id == CM7 ? RESET_WWDG1 : RESET_WWDG2);
    unsigned line = w->id == CM7 ? 82 : 84; /* tells the other core: IRQ 143 */
    exti_edge(w->m->exti, line, true);
    exti_edge(w->m->exti, line, false);
}

static void on_bite(void *arg)
{
    struct wwdg *w = arg;

    if (rcc_wwdg_resets_system(w->m->rcc, w->id)) {
        machine_reset(w->m, w->id == CM7 ? RESET_WWDG1 : RESET_WWDG2);
    } else {
        reset_core_only(w);
    }
}

/* From inside an instruction of the core: the reset comes when the event fires, at once. */
static void bite_now(struct wwdg *w)
{
    sched_cancel(&w->m->sched, &w->early);
    sched_at(&w->m->sched, &w->bite, machine_now(w->m));
}

static void cr_write(struct wwdg *w, uint32_t value)
{
    bool too_early = w->active && counter(w) > (w->cfr & CR_T);

    w->active |= value & CR_WDGA;
    run_from(w, value & CR_T);
    if (w->active && (too_early || !(value & 0x40))) {
        bite_now(w);
    }
}

static uint32_t read_word(const struct wwdg *w, uint32_t off)
{
    switch (off) {
    case WWDG_CR:
        return counter(w) | (w->active ? CR_WDGA : 0);
    case WWDG_CFR:
        return w->cfr;
    case WWDG_SR:
        return w->sr;
    default:
        return 0;
    }
}

static enum bus_status wwdg_read(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t *value)
{
    (void)a;
    *value = reg_part(read_word(self, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status wwdg_write(void *self, const struct bus_access *a, uint32_t off,
                                  unsigned size, uint32_t value)
{
    struct wwdg *w = self;

    (void)a;
    (void)size; /* all fields fit into the low half-word */
    if (off == WWDG_CR) {
        cr_write(w, value);
    } else if (off == WWDG_CFR) {
        w->cfr = (value & CFR_FIELDS) | (w->cfr & CFR_EWI); /* EWI stays until reset */
        go_on(w);
        note_line(w);
    } else if (off == WWDG_SR) {
        w->sr &= value; /* write 0 clears */
        note_line(w);
    }
    return BUS_OK;
}

static uint32_t wwdg_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    return read_word(self, off);
}

static void wwdg_reset(void *self, bool power_on)
{
    (void)power_on;
    clear(self);
}

/* Another APB clock, or the bus clock went on or off: the count goes on from where it is. */
static void on_clocks(void *arg)
{
    struct wwdg *w = arg;

    if (tick_of(w) != w->tick) {
        go_on(w);
    }
}

static const struct dev_ops ops = {wwdg_read, wwdg_write, wwdg_peek, wwdg_reset};

void wwdg_new(struct machine *m, enum core_id id)
{
    struct wwdg *w = machine_alloc(m, sizeof(*w));

    w->m = m;
    w->id = id;
    w->cfr = w->t = 0x7F;
    sched_event_init(&w->early, "WWDG: early wakeup", on_early, w);
    sched_event_init(&w->bite, "WWDG: expired", on_bite, w);
    rcc_on_change(m->rcc, on_clocks, w);
    dbgmcu_on_change(m->dbgmcu, on_clocks, w);
    struct dev d = {.name = "WWDG1",
                    .base = WWDG1_BASE,
                    .size = 0x400,
                    .gate = GATE(G_APB3, 6),
                    .ops = &ops,
                    .self = w};
    if (id == CM4) {
        d.name = "WWDG2";
        d.base = WWDG2_BASE;
        d.gate = GATE(G_APB1L, 11);
    }
    bus_add_dev(&m->bus, &d);
}

void watchdog_new(struct machine *m)
{
    for (unsigned id = 0; id < CORES; id++) {
        iwdg_new(m, (enum core_id)id);
        wwdg_new(m, (enum core_id)id);
    }
}
