/* SPDX-License-Identifier: MIT */
/*
 * Timers TIM1 to TIM8 and TIM12 to TIM17: registers and interrupts. RM0399, advanced-control,
 * general-purpose and basic timers. Counting down, slave modes, combined modes, triggers and DMA
 * are reported when switched on.
 */
#include "chip/stm32h7/blocks.h"
#include "emu/chip/seam/adc.h"
#include "emu/chip/tim.h"

#include <stdio.h>

static const struct tim_kind advanced = {.channels = 4,
                                         .cr1 = 0xBFF,
                                         .cr2 = 0x00F57FFD,
                                         .smcr = 0x0031FFF7,
                                         .dier = 0x7FFF,
                                         .egr = 0x1FF,
                                         .ccmr1 = 0x0101FFFF,
                                         .ccmr2 = 0x0101FFFF,
                                         .ccer = 0x0033BFFF,
                                         .rcr = 0xFFFF,
                                         .bdtr = 0x03FFFFFF,
                                         .af1 = 0x0003C000};
static const struct tim_kind general = {.channels = 4,
                                        .cr1 = 0xBFF,
                                        .cr2 = 0x000000F8,
                                        .smcr = 0x0031FFF7,
                                        .dier = 0x5F5F,
                                        .egr = 0x5F,
                                        .ccmr1 = 0x0101FFFF,
                                        .ccmr2 = 0x0101FFFF,
                                        .ccer = 0x0000BBBB,
                                        .af1 = 0x0003C000};
static const struct tim_kind basic = {.cr1 = 0x88F, .cr2 = 0x070, .dier = 0x101, .egr = 0x01};
static const struct tim_kind two_channels = {.channels = 2,
                                             .cr1 = 0xB8F,
                                             .cr2 = 0x0F0,
                                             .smcr = 0x003100F7,
                                             .dier = 0x47,
                                             .egr = 0x47,
                                             .ccmr1 = 0x0101FFFF,
                                             .ccer = 0xBB};
static const struct tim_kind one_channel = {
    .channels = 1, .cr1 = 0xB8F, .dier = 0x03, .egr = 0x03, .ccmr1 = 0x000100FF, .ccer = 0x0B};
static const struct tim_kind two_with_break = {.channels = 2,
                                               .cr1 = 0xB8F,
                                               .cr2 = 0x7FD,
                                               .smcr = 0x003100F7,
                                               .dier = 0x67E7,
                                               .egr = 0xE7,
                                               .ccmr1 = 0x0101FFFF,
                                               .ccer = 0xBF,
                                               .rcr = 0xFF,
                                               .bdtr = 0x000FFFFF,
                                               .af1 = 0x00000F07};
static const struct tim_kind one_with_break = {.channels = 1,
                                               .cr1 = 0xB8F,
                                               .cr2 = 0x30D,
                                               .dier = 0x23A3,
                                               .egr = 0xA3,
                                               .ccmr1 = 0x000100FF,
                                               .ccer = 0x0F,
                                               .rcr = 0xFF,
                                               .bdtr = 0x000FFFFF,
                                               .af1 = 0x00000F07};

#define WORD 0xFFFFFFFFu
static const struct tim_place places[TIMERS] = {
    {1, TIM1_BASE, 0xFFFF, GATE(G_APB2, 0), CLK_TIM_APB2, &advanced, 25, 27},
    {2, TIM2_BASE, WORD, GATE(G_APB1L, 0), CLK_TIM_APB1, &general, 28, 28},
    {3, TIM3_BASE, 0xFFFF, GATE(G_APB1L, 1), CLK_TIM_APB1, &general, 29, 29},
    {4, TIM4_BASE, 0xFFFF, GATE(G_APB1L, 2), CLK_TIM_APB1, &general, 30, 30},
    {5, TIM5_BASE, WORD, GATE(G_APB1L, 3), CLK_TIM_APB1, &general, 50, 50},
    {6, TIM6_BASE, 0xFFFF, GATE(G_APB1L, 4), CLK_TIM_APB1, &basic, 54, 54},
    {7, TIM7_BASE, 0xFFFF, GATE(G_APB1L, 5), CLK_TIM_APB1, &basic, 55, 55},
    {8, TIM8_BASE, 0xFFFF, GATE(G_APB2, 1), CLK_TIM_APB2, &advanced, 44, 46},
    {12, TIM12_BASE, 0xFFFF, GATE(G_APB1L, 6), CLK_TIM_APB1, &two_channels, 43, 43},
    {13, TIM13_BASE, 0xFFFF, GATE(G_APB1L, 7), CLK_TIM_APB1, &one_channel, 44, 44},
    {14, TIM14_BASE, 0xFFFF, GATE(G_APB1L, 8), CLK_TIM_APB1, &one_channel, 45, 45},
    {15, TIM15_BASE, 0xFFFF, GATE(G_APB2, 16), CLK_TIM_APB2, &two_with_break, 116, 116},
    {16, TIM16_BASE, 0xFFFF, GATE(G_APB2, 17), CLK_TIM_APB2, &one_with_break, 117, 117},
    {17, TIM17_BASE, 0xFFFF, GATE(G_APB2, 18), CLK_TIM_APB2, &one_with_break, 118, 118},
};

/* ---- interrupt and next event ---- */

/* TIM8 shares its lines with TIM12 to TIM14. */
static bool anybody_asks(const struct tim *t, unsigned irq)
{
    for (unsigned i = 0; i < TIMERS; i++) {
        const struct tim *o = &t->all[i];
        if ((o->update_level && o->place->irq_update == irq) ||
            (o->compare_level && o->place->irq_compare == irq)) {
            return true;
        }
    }
    return false;
}

static void set_level(struct tim *t, bool *level, bool now, unsigned irq)
{
    if (*level == now) {
        return;
    }
    *level = now;

    machine_irq(t->m, irq, anybody_asks(t, irq));
}

static void update_irq(struct tim *t)
{
    uint32_t asked = t->reg[TIM_SR / 4] & t->reg[TIM_DIER / 4];

    set_level(t, &t->update_level, asked & TIM_UIF, t->place->irq_update);
    set_level(t, &t->compare_level, asked & 0x1E, t->place->irq_compare);
}

void tim_changed(struct tim *t)
{
    uint64_t next = tim_until_event(t);

    if (next == UINT64_MAX) {
        sched_cancel(&t->m->sched, &t->ev);
    } else {
        sched_at(&t->m->sched, &t->ev, tim_time_of_tick(t, t->ticks + next));
    }
    update_irq(t);
    tim_tell_pins(t);
}

void tim_trgo(struct tim *t)
{
    if (tim_update_is_trgo(t)) {
        adc_trgo(t->m, t->place->n);
    }
}

static void tim_event(void *arg)
{
    struct tim *t = arg;

    tim_settle(t);
    tim_changed(t);
}

static void follow_clock(struct tim *t)
{
    uint64_t hz = rcc_gate_on(t->m->rcc, t->place->gate) ? rcc_hz(t->m->rcc, t->place->clk) : 0;

    if (hz == t->hz) {
        return;
    }
    tim_other_clock(t, hz);
    tim_changed(t);
}

static void clocks_changed(void *arg)
{
    struct tim *all = arg;

    for (unsigned i = 0; i < TIMERS; i++) {
        follow_clock(&all[i]);
    }
}

/* ---- registers ---- */

static void feature(struct tim *t, uint32_t reg, bool on, const char *what)
{
    if (on) {
        machine_note(t->m, N_TIMER_FEATURE, t->place->base + reg,
                     "%s: firmware switched on %s, which is not modelled", t->name, what);
    }
}

static void write_cr1(struct tim *t, uint32_t value)
{
    uint32_t risen = value & ~tim_cr1(t);

    feature(t, TIM_CR1, risen & 0x70, "counting down or centre-aligned");
    if (risen & TIM_CR1_CEN) {
        tim_restart_prescaler(t, machine_now(t->m));
    }
    t->reg[TIM_CR1 / 4] = value;
}

static bool channel_is_input(const struct tim *t, unsigned ch)
{
    return t->reg[(ch < 2 ? TIM_CCMR1 : TIM_CCMR2) / 4] >> (ch & 1 ? 8 : 0) & 3;
}

static void generate(struct tim *t, uint32_t value)
{
    feature(t, TIM_EGR, value & 0x1E0, "a software trigger, break or commutation event");
    for (unsigned ch = 0; ch < t->place->kind->channels; ch++) {
        if (value & BIT(1 + ch)) {
            if (channel_is_input(t, ch)) {
                tim_capture(t, ch);
            }
            t->reg[TIM_SR / 4] |= BIT(1 + ch);
        }
    }
    if (!(value & TIM_UIF)) {
        return;
    }
    t->cnt = 0;
    tim_restart_prescaler(t, machine_now(t->m));
    if (tim_cr1(t) & TIM_CR1_UDIS) {
        return;
    }
    tim_load_shadows(t);
    tim_trgo(t);
    if (!(tim_cr1(t) & TIM_CR1_URS)) {
        t->reg[TIM_SR / 4] |= TIM_UIF;
    }
    if (tim_cr1(t) & TIM_CR1_OPM) {
        t->reg[TIM_CR1 / 4] &= ~TIM_CR1_CEN;
    }
}

static bool preloaded(const struct tim *t, unsigned ch)
{
    uint32_t ccmr = t->reg[(ch < 2 ? TIM_CCMR1 : TIM_CCMR2) / 4];

    return ccmr >> (ch & 1 ? 11 : 3) & 1;
}

static void write_channel(struct tim *t, uint32_t reg, uint32_t value)
{
    uint32_t risen = value & ~t->reg[reg / 4];

    if (reg == TIM_SMCR) {
        feature(t, reg, value & 0x10007, "a slave mode");
        feature(t, reg, risen & BIT(14), "an external clock");
    } else if (reg == TIM_CCMR1 || reg == TIM_CCMR2) {
        bool trigger = (value & 3) == 3 || (value >> 8 & 3) == 3; /* CCxS: TRC */
        feature(t, reg, trigger && risen & 0x303, "capture by a trigger");
        feature(t, reg, risen & 0x01010000, "a combined, asymmetric or retriggerable mode");
    }
    t->reg[reg / 4] = value;
}

/* DCR, DMAR, AF1, TISEL: kept, without effect. */
static uint32_t other_registers(const struct tim_kind *k, uint32_t reg)
{
    switch (reg) {
    case 0x48:
        return k->channels == 4 || k->bdtr ? 0x00001F1F : 0;
    case 0x4C:
        return k->channels == 4 || k->bdtr ? 0x0000FFFF : 0;
    case 0x60:
        return k->af1;
    case 0x68: /* four bits a channel */
        return 0x0F0F0F0F & (uint32_t)((1ull << 8 * k->channels) - 1);
    default:
        return 0;
    }
}

static uint32_t implemented(const struct tim *t, uint32_t reg)
{
    const struct tim_kind *k = t->place->kind;
    unsigned ch = (reg - TIM_CCR1) / 4;

    switch (reg) {
    case TIM_CR1:
        return k->cr1;
    case TIM_CR2:
        return k->cr2;
    case TIM_SMCR:
        return k->smcr;
    case TIM_DIER:
        return k->dier;
    case TIM_EGR:
        return k->egr;
    case TIM_SR:
        return 0xFFFFFFFF; /* write 0 clears */
    case TIM_CCMR1:
        return k->ccmr1;
    case TIM_CCMR2:
        return k->ccmr2;
    case TIM_CCER:
        return k->ccer;
    case TIM_CNT:
    case TIM_ARR:
        return t->place->max;
    case TIM_PSC:
        return 0xFFFF;
    case TIM_RCR:
        return k->rcr;
    case TIM_BDTR:
        return k->bdtr;
    default:
        if (reg >= TIM_CCR1 && reg <= TIM_CCR4) {
            return ch < k->channels ? t->place->max : 0;
        }
        return other_registers(k, reg);
    }
}

static void write_register(struct tim *t, uint32_t reg, uint32_t value)
{
    uint32_t old = t->reg[reg / 4];

    value &= implemented(t, reg);
    switch (reg) {
    case TIM_CR1:
        write_cr1(t, value);
        break;
    case TIM_DIER:
        feature(t, reg, value & ~old & 0x7F00, "DMA requests");
        t->reg[reg / 4] = value;
        break;
    case TIM_SR:
        t->reg[reg / 4] &= value;
        break;
    case TIM_EGR:
        generate(t, value);
        break;
    case TIM_CNT:
        t->cnt = value;
        break;
    case TIM_ARR:
        t->reg[reg / 4] = value;
        if (!(tim_cr1(t) & TIM_CR1_ARPE)) {
            t->arr = value;
        }
        break;
    case TIM_SMCR:
    case TIM_CCMR1:
    case TIM_CCMR2:
    case TIM_CCER:
        write_channel(t, reg, value);
        break;
    default: /* PSC and RCR are in force at the next update event */
        t->reg[reg / 4] = value;
        if (reg >= TIM_CCR1 && reg <= TIM_CCR4 && !preloaded(t, (reg - TIM_CCR1) / 4)) {
            t->ccr[(reg - TIM_CCR1) / 4] = value;
        }
        break;
    }
}

static uint32_t tim_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    struct tim *t = self;
    if (off >= TIM_END) {
        return 0;
    }
    tim_settle(t);
    if (off != TIM_CNT) {
        return t->reg[off / 4];
    }
    if (!(tim_cr1(t) & TIM_CR1_UIFREMAP)) {
        return t->cnt;
    }
    return (t->cnt & 0x7FFFFFFF) | t->reg[TIM_SR / 4] << 31;
}

static enum bus_status tim_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    struct tim *t = self;
    uint32_t reg = off & ~3u;

    *value = reg_part(tim_peek(self, a->master, reg), off, size);
    if (reg >= TIM_CCR1 && reg <= TIM_CCR4 && a->master != MASTER_DEBUG) {
        tim_read_ccr(t, (reg - TIM_CCR1) / 4);
        update_irq(t);
    }
    return BUS_OK;
}

static enum bus_status tim_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    struct tim *t = self;
    uint32_t reg = off & ~3u;

    if (reg >= TIM_END) {
        return BUS_OK;
    }
    uint32_t old = tim_peek(t, a->master, reg);
    write_register(t, reg, reg_merge(old, reg_shift(value, off, size), reg_lanes(off, size)));
    tim_changed(t);
    return BUS_OK;
}

static void tim_reset(void *self, bool power_on)
{
    (void)power_on;
    struct tim *t = self;
    for (unsigned i = 0; i < TIM_END / 4; i++) {
        t->reg[i] = 0;
    }
    t->reg[TIM_ARR / 4] = t->place->max;
    t->reference = 0;
    tim_load_shadows(t);
    t->cnt = 0;
    update_irq(t);
    sched_cancel(&t->m->sched, &t->ev);
}

static const struct dev_ops tim_ops = {
    .read = tim_read, .write = tim_write, .peek = tim_peek, .reset = tim_reset};

void timers_new(struct machine *m)
{
    struct tim *all = machine_alloc(m, TIMERS * sizeof(*all));

    for (unsigned i = 0; i < TIMERS; i++) {
        struct tim *t = &all[i];
        t->m = m;
        t->all = all;
        t->place = &places[i];
        snprintf(t->name, sizeof(t->name), "TIM%u", places[i].n);
        sched_event_init(&t->ev, "TIM: an update or compare event", tim_event, t);
    }
    for (unsigned i = 0; i < TIMERS; i++) {
        tim_reset(&all[i], true);
        bus_add_dev(&m->bus, &(struct dev){.name = all[i].name,
                                           .base = places[i].base,
                                           .size = 0x400,
                                           .gate = places[i].gate,
                                           .ops = &tim_ops,
                                           .self = &all[i]});
    }
    tim_channels_new(all);
    rcc_on_change(m->rcc, clocks_changed, all);
}
