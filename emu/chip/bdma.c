/* SPDX-License-Identifier: MIT */
/*
 * BDMA with the requests of DMAMUX2 (RM0399, Basic direct memory access controller): eight channels
 * between memories and peripherals of D3. Any other address is a transfer error.
 */
#include "chip/stm32h7/blocks.h"
#include "emu/chip/channel.h"
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

#define ITEM_CYCLES 8u /* one request; the bus matrix is not modelled */
#define BURST       16u

struct bdma_channel {
    struct channel c;
    uint32_t reload, p_at, m_at;
};

struct bdma {
    struct controller d;
    uint32_t flags; /* ISR */
    struct bdma_channel channel[CHANNELS];
};

/* ---- flags ---- */

static void update(struct bdma *d)
{
    for (unsigned i = 0; i < CHANNELS; i++) {
        uint32_t enabled = channel_held(&d->channel[i].c, C_CR) & (FLAG_TC | FLAG_HT | FLAG_TE);
        machine_irq(d->d.m, 129 + i, d->flags >> 4 * i & enabled);
    }
}

static void flag(const struct channel *ch, uint32_t flags)
{
    struct bdma *d = (struct bdma *)ch->d;

    d->flags |= (flags | FLAG_G) << 4 * ch->index;
    update(d);
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

static enum bus_status item(struct bdma_channel *ch)
{
    uint32_t cr = channel_held(&ch->c, C_CR), value = 0;
    unsigned p_size = 1u << (cr >> 8 & 3), m_size = 1u << (cr >> 10 & 3);
    bool out = cr & CR_DIR;
    uint32_t from = out ? ch->m_at : ch->p_at, to = out ? ch->p_at : ch->m_at;
    struct bus *b = &ch->c.d->m->bus;

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

static void begin(struct bdma_channel *ch)
{
    ch->p_at = channel_held(&ch->c, C_PAR);
    ch->m_at = channel_held(&ch->c, C_MAR);
}

static void count(struct bdma_channel *ch)
{
    uint32_t left = channel_held(&ch->c, C_NDTR) - 1, cr = channel_held(&ch->c, C_CR);

    channel_set(&ch->c, C_NDTR, left);
    if (left == ch->reload / 2 && ch->reload > 1) {
        flag(&ch->c, FLAG_HT);
    }
    if (left) {
        return;
    }
    if (cr & CR_CIRC && !(cr & CR_MEM2MEM)) {
        channel_set(&ch->c, C_NDTR, ch->reload);
        begin(ch);
    }
    flag(&ch->c, FLAG_TC);
}

static void fail(struct bdma_channel *ch)
{
    machine_note(
        ch->c.d->m, N_DMA_BUS_ERROR, rf_block_of(ch->c.d->f)->base + channel_place(&ch->c, C_CR),
        "BDMA channel %u: bus error between 0x%08x and 0x%08x, the channel is switched off "
        "(TEIF). BDMA reaches SRAM4, backup SRAM and the peripherals of D3 only",
        ch->c.index, (unsigned)ch->p_at, (unsigned)ch->m_at);
    channel_set(&ch->c, C_CR, channel_held(&ch->c, C_CR) & ~CR_EN);
    flag(&ch->c, FLAG_TE);
}

static unsigned request_of(const struct channel *ch)
{
    uint32_t v = 0;

    bus_peek(&ch->d->m->bus, MASTER_DEBUG, DMAMUX2_BASE + 4 * ch->index, &v, sizeof(v));
    return v & (REQUESTS - 1);
}

static bool has_work(const struct channel *ch)
{
    uint32_t cr = channel_held(ch, C_CR);

    return cr & CR_EN && channel_held(ch, C_NDTR) && rcc_gate_on(ch->d->m->rcc, ch->d->gate) &&
           (cr & CR_MEM2MEM || ch->d->asks[request_of(ch)]);
}

static unsigned items(const struct channel *ch)
{
    return channel_held(ch, C_CR) & CR_MEM2MEM ? BURST : 1;
}

static void kick(struct channel *ch)
{
    if (channel_ready(ch) && has_work(ch)) {
        channel_start(ch, items(ch) * ITEM_CYCLES);
    }
}

static void serve(void *arg)
{
    struct bdma_channel *ch = arg;
    enum bus_status s = BUS_OK;

    for (unsigned left = items(&ch->c); left-- && s == BUS_OK && has_work(&ch->c);) {
        s = item(ch);
        if (s == BUS_OK) {
            count(ch);
        }
    }
    if (s == BUS_ERROR) {
        fail(ch);
    } else if (s == BUS_STALL) {
        channel_retry(&ch->c);
    } else {
        kick(&ch->c);
    }
}

void bdma_request(struct machine *m, unsigned request, bool level)
{
    controller_request(m, "BDMA", request, level);
}

/* ---- registers ---- */

/* LPUART1, SPI6, I2C4 and ADC3 (RM0399, DMAMUX2 request table). */
static void check(const struct channel *ch)
{
    unsigned id = request_of(ch);

    if (!(channel_held(ch, C_CR) & CR_MEM2MEM) && (id < 9 || (id > 14 && id != 17))) {
        machine_note(
            ch->d->m, N_DMA_REQUEST, DMAMUX2_BASE + 4 * ch->index,
            "BDMA channel %u waits for request %u of DMAMUX2, which no modelled peripheral "
            "makes: nothing is transferred",
            ch->index, id);
    }
}

static void channel_written(struct bdma_channel *ch, uint32_t reg, uint32_t old)
{
    const uint32_t cr = channel_held(&ch->c, C_CR);
    bool was_on = (reg == C_CR ? old : cr) & CR_EN;

    if (was_on && reg != C_CR) {
        channel_refuse(&ch->c, reg, old);
        return;
    }
    if (reg == C_CR && cr & ~old & CR_EN) {
        ch->reload = channel_held(&ch->c, C_NDTR);
        begin(ch);
        check(&ch->c);
        kick(&ch->c);
    } else if (reg == C_CR && !(cr & CR_EN)) {
        channel_cancel(&ch->c);
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
        channel_cancel(&d->channel[i].c);
    }
    update(d);
}

static void *bdma_make(struct regfile *f)
{
    struct bdma *d = machine_alloc(rf_machine(f), sizeof(*d));

    d->d = (struct controller){
        .name = "BDMA", .first = FIRST, .stride = STRIDE, .gate = GATE(G_AHB4, 21), .kick = kick};
    for (unsigned i = 0; i < CHANNELS; i++) {
        controller_add(&d->d, &d->channel[i].c, "BDMA: a channel goes on", serve);
    }
    controller_init(&d->d, f);
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
        machine_note(rf_machine(f), N_DMA_MUX, DMAMUX2_BASE + off,
                     "DMAMUX2: firmware switches on %s, which the model does not have",
                     off >= 0x100 ? "a request generator (GE)" : "synchronisation (SE)");
    }
    controller_kick(rf_model_named(rf_machine(f), "BDMA"));
}

const struct rf_model dmamux2_model = {RF_DMAMUX2, mux_make,  mux_reset,
                                       mux_look,   bdma_read, mux_write};
