/* SPDX-License-Identifier: MIT */
/*
 * BDMA with the requests of DMAMUX2 (RM0399, Basic direct memory access controller): eight channels
 * between memories and peripherals of D3. Any other address is a transfer error.
 */
#include "emu/chip/regfile.h"
#include "emu/chip/seam/dma.h"

#include <string.h>

enum { ISR = 0x00, IFCR = 0x04, FIRST = 0x08, STRIDE = 0x14, CHANNELS = 8, REQUESTS = 32 };
enum { C_CR = 0x00, C_NDTR = 0x04, C_PAR = 0x08, C_MAR = 0x0C };

#define CR_EN      BIT(0)
#define CR_DIR     BIT(4) /* memory to peripheral */
#define CR_CIRC    BIT(5)
#define CR_PINC    BIT(6)
#define CR_MINC    BIT(7)
#define CR_MEM2MEM BIT(14)
#define FLAG_G     BIT(0)
#define FLAG_TC    BIT(1)
#define FLAG_HT    BIT(2)
#define FLAG_TE    BIT(3)

#define DMAMUX2     0x58025800u
#define GATE_BDMA   GATE(G_AHB4, 21)
#define ITEM_CYCLES 8u /* one request; the bus matrix is not modelled */
#define BURST       16u
#define RETRY       VT_US

struct channel {
    struct bdma *d;
    unsigned index;
    uint32_t reload, p_at, m_at;
    struct sched_event ev;
};

struct bdma {
    struct regfile *f;
    struct machine *m;
    uint32_t flags; /* ISR */
    bool asks[REQUESTS];
    struct channel channel[CHANNELS];
};

static uint32_t place(const struct channel *ch, uint32_t reg)
{
    return FIRST + ch->index * STRIDE + reg;
}

static uint32_t held(const struct channel *ch, uint32_t reg)
{
    return rf_held(ch->d->f, place(ch, reg));
}

static void set(const struct channel *ch, uint32_t reg, uint32_t value)
{
    rf_change(ch->d->f, place(ch, reg), value, 0xFFFFFFFF);
}

/* ---- flags ---- */

static void update(struct bdma *d)
{
    for (unsigned i = 0; i < CHANNELS; i++) {
        uint32_t enabled = held(&d->channel[i], C_CR) & (FLAG_TC | FLAG_HT | FLAG_TE);
        machine_irq(d->m, 129 + i, d->flags >> 4 * i & enabled);
    }
}

static void flag(struct channel *ch, uint32_t flags)
{
    ch->d->flags |= (flags | FLAG_G) << 4 * ch->index;
    update(ch->d);
}

static void clear(struct bdma *d, uint32_t written)
{
    for (unsigned i = 0; i < CHANNELS; i++) {
        uint32_t one = written >> 4 * i & 15, left;
        d->flags &= ~((one & FLAG_G ? 15u : one) << 4 * i);
        left = d->flags >> 4 * i & 15;
        if (!(left & ~FLAG_G)) {
            d->flags &= ~(FLAG_G << 4 * i);
        }
    }
    update(d);
}

/* ---- transfers ---- */

static bool in_d3(uint32_t addr)
{
    return addr >> 24 == 0x38 || addr >> 24 == 0x58;
}

static enum bus_status item(struct channel *ch)
{
    uint32_t cr = held(ch, C_CR), value = 0;
    unsigned p_size = 1u << (cr >> 8 & 3), m_size = 1u << (cr >> 10 & 3);
    bool out = cr & CR_DIR;
    uint32_t from = out ? ch->m_at : ch->p_at, to = out ? ch->p_at : ch->m_at;
    struct bus *b = &ch->d->m->bus;

    if (!in_d3(from) || !in_d3(to)) {
        return BUS_ERROR;
    }
    enum bus_status s = bus_dma_read(b, MASTER_DMA, from, out ? m_size : p_size, &value);
    if (s == BUS_OK) {
        s = bus_dma_write(b, MASTER_DMA, to, out ? p_size : m_size, value);
    }
    if (s == BUS_OK) {
        ch->p_at += cr & CR_PINC ? p_size : 0;
        ch->m_at += cr & CR_MINC ? m_size : 0;
    }
    return s;
}

static void begin(struct channel *ch)
{
    ch->p_at = held(ch, C_PAR);
    ch->m_at = held(ch, C_MAR);
}

static void count(struct channel *ch)
{
    uint32_t left = held(ch, C_NDTR) - 1, cr = held(ch, C_CR);

    set(ch, C_NDTR, left);
    if (left == ch->reload / 2 && ch->reload > 1) {
        flag(ch, FLAG_HT);
    }
    if (left) {
        return;
    }
    if (cr & CR_CIRC && !(cr & CR_MEM2MEM)) {
        set(ch, C_NDTR, ch->reload);
        begin(ch);
    }
    flag(ch, FLAG_TC);
}

static void fail(struct channel *ch)
{
    machine_note(
        ch->d->m, N_DMA_BUS_ERROR, rf_block_of(ch->d->f)->base + place(ch, C_CR),
        "BDMA channel %u: bus error between 0x%08x and 0x%08x, the channel is switched off "
        "(TEIF). BDMA reaches SRAM4, backup SRAM and the peripherals of D3 only",
        ch->index, (unsigned)ch->p_at, (unsigned)ch->m_at);
    set(ch, C_CR, held(ch, C_CR) & ~CR_EN);
    flag(ch, FLAG_TE);
}

static unsigned request_of(const struct channel *ch)
{
    uint32_t v = 0;

    bus_peek(&ch->d->m->bus, MASTER_DEBUG, DMAMUX2 + 4 * ch->index, &v, sizeof(v));
    return v & (REQUESTS - 1);
}

static bool has_work(const struct channel *ch)
{
    uint32_t cr = held(ch, C_CR);

    return cr & CR_EN && held(ch, C_NDTR) && rcc_gate_on(ch->d->m->rcc, GATE_BDMA) &&
           (cr & CR_MEM2MEM || ch->d->asks[request_of(ch)]);
}

static void kick(struct channel *ch)
{
    uint64_t hz = rcc_hz(ch->d->m->rcc, CLK_HCLK);

    if (!sched_pending(&ch->ev) && hz && has_work(ch)) {
        unsigned items = held(ch, C_CR) & CR_MEM2MEM ? BURST : 1;
        sched_at(&ch->d->m->sched, &ch->ev,
                 machine_now(ch->d->m) + items * ITEM_CYCLES * VT_S / hz);
    }
}

static void serve(void *arg)
{
    struct channel *ch = arg;
    unsigned items = held(ch, C_CR) & CR_MEM2MEM ? BURST : 1;
    enum bus_status s = BUS_OK;

    while (items-- && s == BUS_OK && has_work(ch)) {
        s = item(ch);
        if (s == BUS_OK) {
            count(ch);
        }
    }
    if (s == BUS_ERROR) {
        fail(ch);
    } else if (s == BUS_STALL) {
        sched_at(&ch->d->m->sched, &ch->ev, machine_now(ch->d->m) + RETRY);
    } else {
        kick(ch);
    }
}

static void kick_all(void *arg)
{
    struct bdma *d = arg;

    for (unsigned i = 0; i < CHANNELS; i++) {
        kick(&d->channel[i]);
    }
}

void bdma_request(struct machine *m, unsigned request, bool level)
{
    struct bdma *d = rf_model_named(m, "BDMA");

    if (d && d->asks[request] != level) {
        d->asks[request] = level;
        kick_all(d);
    }
}

/* ---- registers ---- */

/* LPUART1, SPI6, I2C4 and ADC3 (RM0399, DMAMUX2 request table). */
static void check(const struct channel *ch)
{
    unsigned id = request_of(ch);

    if (!(held(ch, C_CR) & CR_MEM2MEM) && (id < 9 || (id > 14 && id != 17))) {
        machine_note(
            ch->d->m, N_DMA_REQUEST, DMAMUX2 + 4 * ch->index,
            "BDMA channel %u waits for request %u of DMAMUX2, which no modelled peripheral "
            "makes: nothing is transferred",
            ch->index, id);
    }
}

static void channel_written(struct channel *ch, uint32_t reg, uint32_t old)
{
    bool was_on = (reg == C_CR ? old : held(ch, C_CR)) & CR_EN;

    if (was_on && reg != C_CR) {
        machine_note(ch->d->m, N_DMA_RUNNING, rf_block_of(ch->d->f)->base + place(ch, reg),
                     "BDMA channel %u: a register is written while the channel is on: ignored",
                     ch->index);
        set(ch, reg, old);
        return;
    }
    if (reg == C_CR && held(ch, C_CR) & ~old & CR_EN) {
        ch->reload = held(ch, C_NDTR);
        begin(ch);
        check(ch);
        kick(ch);
    } else if (reg == C_CR && !(held(ch, C_CR) & CR_EN)) {
        sched_cancel(&ch->d->m->sched, &ch->ev);
    }
}

static void bdma_write(void *self, uint32_t off, unsigned size, uint32_t written, uint32_t old)
{
    struct bdma *d = self;

    (void)size;
    if (off == IFCR) {
        clear(d, written);
    } else if (off >= FIRST && off < FIRST + CHANNELS * STRIDE) {
        channel_written(&d->channel[(off - FIRST) / STRIDE], (off - FIRST) % STRIDE, old);
        update(d);
    }
}

static uint32_t bdma_look(const void *self, uint32_t off, uint32_t value)
{
    const struct bdma *d = self;

    return off == ISR ? d->flags : value;
}

static void bdma_read(void *self, uint32_t off, unsigned size)
{
    (void)self, (void)off, (void)size;
}

static void bdma_reset(void *self)
{
    struct bdma *d = self;

    d->flags = 0;
    for (unsigned i = 0; i < CHANNELS; i++) {
        sched_cancel(&d->m->sched, &d->channel[i].ev);
    }
    update(d);
}

static void *bdma_make(struct regfile *f)
{
    struct bdma *d = machine_alloc(rf_machine(f), sizeof(*d));

    d->f = f;
    d->m = rf_machine(f);
    for (unsigned i = 0; i < CHANNELS; i++) {
        d->channel[i].d = d;
        d->channel[i].index = i;
        sched_event_init(&d->channel[i].ev, "BDMA: a channel goes on", serve, &d->channel[i]);
    }
    rcc_on_change(d->m->rcc, kick_all, d);
    return d;
}

const struct rf_model bdma_model = {RF_BDMA,   bdma_make, bdma_reset,
                                    bdma_look, bdma_read, bdma_write};

/* ---- DMAMUX2: the choice of requests ---- */

static void *mux_make(struct regfile *f)
{
    return f;
}

static void mux_reset(void *self)
{
    (void)self;
}

static uint32_t mux_look(const void *self, uint32_t off, uint32_t value)
{
    (void)self, (void)off;
    return value;
}

static void mux_write(void *self, uint32_t off, unsigned size, uint32_t written, uint32_t old)
{
    struct regfile *f = self;
    uint32_t on = rf_held(f, off) & ~old & BIT(16); /* SE of a channel, GE of a generator */

    (void)size, (void)written;
    if (on) {
        machine_note(rf_machine(f), N_DMA_MUX, DMAMUX2 + off,
                     "DMAMUX2: firmware switches on %s, which the model does not have",
                     off >= 0x100 ? "a request generator (GE)" : "synchronisation (SE)");
    }
    struct bdma *d = rf_model_named(rf_machine(f), "BDMA");
    kick_all(d);
}

const struct rf_model dmamux2_model = {RF_DMAMUX2, mux_make,  mux_reset,
                                       mux_look,   bdma_read, mux_write};
