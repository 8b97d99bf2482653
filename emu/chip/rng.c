/* SPDX-License-Identifier: MIT */
/*
 * Random number generator. RM0399, RNG. Numbers come from the machine's seed, so that runs repeat.
 *
 * Uncertain: the time per batch of four words; 216 RNG clocks here.
 */
#include "chip/stm32h7/blocks.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

enum { RNG_CR = 0x00, RNG_SR = 0x04, RNG_DR = 0x08 };

#define CR_RNGEN     BIT(2)
#define CR_IE        BIT(3)
#define CR_CED       BIT(5)
#define SR_DRDY      BIT(0)
#define SR_CECS      BIT(1)
#define SR_CEIS      BIT(5)
#define SR_SEIS      BIT(6)
#define BATCH        4
#define BATCH_CLOCKS 216
#define IRQ          80

struct rng {
    struct machine *m;
    uint32_t cr, sr; /* sr: latched CEIS, SEIS */
    uint32_t fifo[BATCH];
    unsigned words;
    struct sched_event ev;
    bool irq_level;
};

static uint64_t clock_hz(const struct rng *g)
{
    return rcc_gate_on(g->m->rcc, GATE(G_AHB2, 6)) ? rcc_kernel_hz(g->m->rcc, &kernel_rng) : 0;
}

static bool too_slow(const struct rng *g)
{
    return (g->cr & CR_RNGEN) && !(g->cr & CR_CED) &&
           clock_hz(g) * 32 <= rcc_hz(g->m->rcc, CLK_HCLK);
}

static uint32_t status(const struct rng *g)
{
    return g->sr | (g->words ? SR_DRDY : 0) | (too_slow(g) ? SR_CECS : 0);
}

static void update(struct rng *g)
{
    if (too_slow(g)) {
        if (!(g->sr & SR_CEIS)) {
            machine_note(g->m, N_RNG_CLOCK, RNG_BASE,
                         "RNG is on but its clock is off or too slow (CECS): no numbers. Switch "
                         "HSI48 on, or set RNGSEL");
        }
        g->sr |= SR_CEIS;
    }
    uint64_t hz = clock_hz(g);
    if (!(g->cr & CR_RNGEN) || !hz || too_slow(g) || g->words) {
        sched_cancel(&g->m->sched, &g->ev);
    } else if (!sched_pending(&g->ev)) {
        sched_at(&g->m->sched, &g->ev, machine_now(g->m) + BATCH_CLOCKS * VT_S / hz);
    }
    bool level = (g->cr & CR_IE) && (status(g) & (SR_DRDY | SR_CEIS | SR_SEIS));
    if (level != g->irq_level) {
        machine_irq(g->m, IRQ, level);
    }
    g->irq_level = level;
}

static void batch_ready(void *arg)
{
    struct rng *g = arg;

    for (g->words = 0; g->words < BATCH; g->words++) {
        g->fifo[g->words] = machine_random(g->m);
    }
    update(g);
}

static uint32_t pop(struct rng *g)
{
    uint32_t v = g->words ? g->fifo[--g->words] : 0;

    update(g);
    return v;
}

static enum bus_status rng_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    (void)a;
    struct rng *g = self;
    if (size != 4) {
        return BUS_ERROR; /* words only */
    }
    if (off == RNG_CR) {
        g->cr = value & (CR_RNGEN | CR_IE | CR_CED);
        if (!(g->cr & CR_RNGEN)) {
            g->words = 0;
        }
    } else if (off == RNG_SR) {
        g->sr &= value; /* write 0 clears */
    }
    update(g);
    return BUS_OK;
}

static uint32_t rng_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    const struct rng *g = self;
    if (off == RNG_CR) {
        return g->cr;
    }
    if (off == RNG_SR) {
        return status(g);
    }
    return off == RNG_DR && g->words ? g->fifo[g->words - 1] : 0;
}

static enum bus_status rng_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    if (size != 4) {
        return BUS_ERROR;
    }
    *value =
        off == RNG_DR && a->master != MASTER_DEBUG ? pop(self) : rng_peek(self, a->master, off);
    return BUS_OK;
}

static void rng_reset(void *self, bool power_on)
{
    (void)power_on;
    struct rng *g = self;
    g->cr = g->sr = 0;
    g->words = 0;
    update(g);
}

static void clocks_changed(void *arg)
{
    struct rng *g = arg;

    sched_cancel(&g->m->sched, &g->ev); /* the batch starts again at the new rate */
    update(g);
}

static const struct dev_ops rng_ops = {
    .read = rng_read, .write = rng_write, .peek = rng_peek, .reset = rng_reset};

void rng_new(struct machine *m)
{
    struct rng *g = machine_alloc(m, sizeof(*g));

    g->m = m;
    sched_event_init(&g->ev, "RNG: numbers are ready", batch_ready, g);
    bus_add_dev(&m->bus, &(struct dev){.name = "RNG",
                                       .base = RNG_BASE,
                                       .size = 0x400,
                                       .gate = GATE(G_AHB2, 6),
                                       .ops = &rng_ops,
                                       .self = g});
    rcc_on_change(m->rcc, clocks_changed, g);
}
