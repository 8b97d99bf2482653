/* SPDX-License-Identifier: MIT */
/*
 * Clocks that one core has set something up for, and the other one changes: baud rates, timers, the
 * M7's tick, and kernel clocks. Rates are looked at about once a millisecond, because a PLL or a
 * switch of clocks takes its time; the last write to the clock tree is the cause. Blocks with a
 * kernel clock are in kernels.c.
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SOON     (20 * VT_MS) /* from the write to the other rate */
#define TIM_CEN  1u
#define UART_UE  1u
#define BRR_OFF  0x0Cu
#define PRSC_OFF 0x2Cu

static const char *short_name(int core)
{
    return core == CM7 ? "M7" : "M4";
}

/* ---- who has set up what ---- */

static const struct dev *uart_dev(const struct doctor *d, unsigned n)
{
    const struct bus *b = &d->board.m->bus;

    for (unsigned i = 0; i < b->ndevs; i++) {
        if (strcmp(b->devs[i].name, uart_name(d->board.m->uart[n])) == 0) {
            return &b->devs[i];
        }
    }
    return NULL;
}

static void note_uart(struct doctor *d, const struct story *s, uint32_t addr)
{
    const struct dev *dev = bus_find_dev(&d->board.m->bus, addr);
    uint32_t off = dev ? addr - dev->base : 0;

    if (!dev || (off != 0 && off != BRR_OFF && off != PRSC_OFF)) {
        return;
    }
    for (unsigned n = 1; n <= UARTS; n++) {
        if (strcmp(dev->name, uart_name(d->board.m->uart[n])) == 0) {
            d->rate[n] = (struct rate){.user = (int)s->id, .set_up = true};
        }
    }
}

static void note_kernel(struct doctor *d, const struct story *s, uint32_t addr)
{
    const struct dev *dev = bus_find_dev(&d->board.m->bus, addr);
    int k = dev ? kernels_set_up(dev, addr - dev->base) : -1;

    if (k >= 0) {
        d->rate[RATE_KERNEL + k] = (struct rate){.user = (int)s->id, .set_up = true};
    }
}

/* The one core that runs a timer on this bus; -1: none, or both. */
static int timer_user(const struct doctor *d, bool apb2, const char **name)
{
    const struct bus *b = &d->board.m->bus;
    unsigned users = 0;

    for (unsigned i = 0; i < b->ndevs; i++) {
        const struct dev *dev = &b->devs[i];
        bool on_bus = apb2 ? dev->gate >> 8 == G_APB2 : dev->gate >> 8 == G_APB1L;
        if (on_bus && strncmp(dev->name, "TIM", 3) == 0 && d->writers[i] &&
            doctor_peek(d, CM7, dev->base) & TIM_CEN) {
            users |= d->writers[i];
            *name = dev->name;
        }
    }
    return users == 1u << CM7 ? CM7 : users == 1u << CM4 ? CM4 : -1;
}

/* The rate that counts now; 0: nobody uses it. */
static uint64_t rate_now(const struct doctor *d, unsigned n, int *user)
{
    const struct machine *m = d->board.m;
    const char *name;

    if (n == RATE_TICK) {
        *user = CM7;
        return doctor_ppb(d, CM7, ADDR(SCS, SYST_CSR)) & 1 ? m->clk[CM7].hz : 0;
    }
    if (n == RATE_TIM1 || n == RATE_TIM2) {
        *user = timer_user(d, n == RATE_TIM2, &name);
        return *user < 0 ? 0 : rcc_hz(m->rcc, n == RATE_TIM1 ? CLK_TIM_APB1 : CLK_TIM_APB2);
    }
    *user = d->rate[n].user;
    if (n >= RATE_KERNEL) {
        return d->rate[n].set_up ? kernels_hz(d, n - RATE_KERNEL) : 0;
    }
    return d->rate[n].set_up ? uart_baud(m->uart[n]) : 0;
}

/* It has no clock any more, and its user has not switched it off. */
static bool lost_its_clock(const struct doctor *d, unsigned n)
{
    const struct rate *r = &d->rate[n];

    if (n >= RATE_KERNEL) {
        return r->set_up && kernels_used(d, n - RATE_KERNEL, r->user);
    }
    const struct dev *dev = n <= UARTS ? uart_dev(d, n) : NULL;
    return dev && doctor_peek(d, CM7, dev->base) & UART_UE;
}

/* ---- what is done to it ---- */

static struct finding *changed(struct doctor *d, int by, const struct clock_write *w,
                               const char *hurt)
{
    char name[64];

    return finding_add(&d->findings, FIND_CORES_CLOCK_CHANGED, by, w->pc,
                       "the %s changes %s from 0x%08X to 0x%08X; the %s has set up for another "
                       "clock: %s",
                       short_name(by), register_name(d, w->addr, name, sizeof(name)),
                       (unsigned)w->was, (unsigned)w->value, short_name(!by), hurt);
}

/* CR to PLL3FRACR, but for what only measures or reports. */
static bool in_clock_tree(uint32_t addr)
{
    uint32_t off = addr - RCC_BASE;

    return off == 0x00 || off == 0x10 || (off >= 0x18 && off <= CCIP_D3);
}

/* What clocks and voltages follow, at once or some time later. */
static bool is_setting(uint32_t addr)
{
    return addr - RCC_BASE < 0x60u || addr - PWR_BASE < 0x400u || addr == ADDR(FLASH, ACR);
}

void clocks_write(struct doctor *d, struct story *s, uint32_t addr, uint32_t value, uint32_t pc)
{
    struct clock_write w = {
        .addr = addr & ~3u, .was = d->was, .value = value, .pc = pc, .at = machine_now(d->board.m)};

    note_uart(d, s, addr);
    note_kernel(d, s, addr);
    if (d->was != value && is_setting(w.addr)) {
        d->settings = w;
        d->settings_by = s->id;
    }
    if (!in_clock_tree(w.addr) || d->was == value) {
        return;
    }
    d->clock_write[s->id] = w;
}

int clocks_cause(const struct doctor *d, uint32_t *pc)
{
    const struct clock_write *w = &d->settings;

    if (!w->pc || machine_now(d->board.m) - w->at > SOON) {
        return -1;
    }
    *pc = w->pc;
    return d->settings_by;
}

static void follow(struct doctor *d, unsigned n)
{
    struct rate *r = &d->rate[n];
    int user = -1;
    uint64_t now = rate_now(d, n, &user);

    if (!r->first || user != r->user) {
        r->user = user;
        r->first = r->now = now;
        return;
    }
    if (!now && !lost_its_clock(d, n)) {
        r->first = 0;
        return;
    }
    if (now != r->now) {
        const struct clock_write *w = d->clock_write;
        r->by = w[CM7].at > w[CM4].at ? CM7 : CM4;
        r->cause = w[r->by];
        r->known = r->cause.pc && d->board.m->now - r->cause.at < SOON;
        r->now = now;
    }
}

void clocks_sample(struct doctor *d)
{
    for (unsigned n = 1; n < RATES; n++) {
        follow(d, n);
    }
}

/* ---- what it means ---- */

static void describe(const struct doctor *d, unsigned n, char *buf, size_t size)
{
    const struct rate *r = &d->rate[n];
    const char *name = "a timer", *unit = n <= UARTS ? "baud" : "Hz";

    if (n <= UARTS) {
        name = uart_name(d->board.m->uart[n]);
    } else if (n >= RATE_KERNEL) {
        name = kernels_name(n - RATE_KERNEL);
    } else if (n == RATE_TICK) {
        name = "the clock of its tick";
    } else {
        (void)timer_user(d, n == RATE_TIM2, &name);
    }
    snprintf(buf, size, "%s went from %" PRIu64 " to %" PRIu64 " %s", name, r->first, r->now, unit);
}

void clocks_conclude(struct doctor *d)
{
    char hurt[160];

    for (unsigned n = 1; n < RATES; n++) {
        const struct rate *r = &d->rate[n];
        bool off = r->now * 100 < r->first * 97 || r->now * 100 > r->first * 103;
        if (!r->first || !off || !r->known || r->by != !r->user ||
            (r->by == CM4 && !d->m4_expected)) {
            continue;
        }
        describe(d, n, hurt, sizeof(hurt));
        struct finding *f = changed(d, r->by, &r->cause, hurt);
        if (!f) {
            f = finding_get(&d->findings, FIND_CORES_CLOCK_CHANGED, r->by);
            finding_evidence(f, hurt);
        }
    }
}
