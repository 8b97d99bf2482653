/* SPDX-License-Identifier: MIT */
/*
 * MDMA (RM0399, Master direct memory access controller): buffers, blocks, repeated blocks and
 * linked lists, by software or when a stream of DMA1 or DMA2 has completed. It reaches what the CM7
 * reaches, TCM included. Exchange of bytes and requests of other blocks are reported.
 */
#include "emu/chip/mdma.h"
#include "emu/chip/seam/dma.h"

#define FLAG_TE   BIT(0)
#define FLAG_CTC  BIT(1)
#define FLAG_BRT  BIT(2)
#define FLAG_BT   BIT(3)
#define FLAG_TC   BIT(4)
#define FLAGS     0x1Fu
#define FLAG_CRQA BIT(16)

#define ITEM_CYCLES 4u /* of HCLK; the bus matrix is not modelled */

enum scope { BUFFER, BLOCK, REPEATED, LIST }; /* TRGM: what one request moves */

/* ---- flags ---- */

static uint32_t asked(const struct mdma_channel *ch)
{
    return ch->flags << 1 & channel_held(&ch->c, CR) & FLAGS << 1;
}

static uint32_t global(const struct mdma *d)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < CHANNELS; i++) {
        v |= asked(&d->channel[i]) ? BIT(i) : 0;
    }
    return v;
}

static void flag(struct mdma_channel *ch, uint32_t flags)
{
    ch->flags |= flags;
    machine_irq(ch->c.d->m, 122, global((const struct mdma *)ch->c.d));
}

static void fail(struct mdma_channel *ch, bool write, uint32_t at)
{
    machine_note(ch->c.d->m, N_DMA_BUS_ERROR, at,
                 "MDMA channel %u: bus error when it %s 0x%08x, the channel is switched off (TEIF)",
                 ch->c.index, write ? "writes" : "reads", (unsigned)at);
    channel_set(&ch->c, ESR, (at & 0x7F) | (write ? BIT(7) : 0));
    channel_set(&ch->c, CR, channel_held(&ch->c, CR) & ~CR_EN);
    ch->active = false;
    flag(ch, FLAG_TE);
}

/* ---- blocks and lists ---- */

static uint32_t moved(uint32_t at, uint32_t by, bool down)
{
    return down ? at - by : at + by;
}

/* Another block of the same; false: it was the last. */
static bool repeat(struct mdma_channel *ch)
{
    uint32_t bndtr = channel_held(&ch->c, BNDTR), brur = channel_held(&ch->c, BRUR),
             left = bndtr >> 20;

    if (!left) {
        return false;
    }
    channel_set(&ch->c, BNDTR, (left - 1) << 20 | (bndtr & 3u << 18) | ch->block);
    channel_set(&ch->c, SAR, moved(channel_held(&ch->c, SAR), brur & 0xFFFF, bndtr & BIT(18)));
    channel_set(&ch->c, DAR, moved(channel_held(&ch->c, DAR), brur >> 16, bndtr & BIT(19)));
    return true;
}

static bool next_node(struct mdma_channel *ch)
{
    static const uint8_t reg[10] = {TCR, BNDTR, SAR, DAR, BRUR, LAR, TBR, 0, MAR, MDR};
    uint32_t at = channel_held(&ch->c, LAR), word[10];

    if (!at) {
        return false;
    }
    for (unsigned i = 0; i < 10; i++) {
        if (mdma_move(ch, false, at + 4 * i, (uint8_t *)&word[i], 4) != BUS_OK) {
            fail(ch, false, at + 4 * i);
            channel_set(&ch->c, ESR, channel_held(&ch->c, ESR) | BIT(8)); /* TELD */
            return true;
        }
    }
    for (unsigned i = 0; i < 10; i++) {
        if (reg[i]) {
            channel_set(&ch->c, reg[i], word[i]);
        }
    }
    ch->block = channel_held(&ch->c, BNDTR) & BNDT;
    return true;
}

/* A request is answered where the peripheral wants it: MDR to MAR. */
static void answer(struct mdma_channel *ch)
{
    uint32_t mdr = channel_held(&ch->c, MDR);

    if (channel_held(&ch->c, MAR) && !(channel_held(&ch->c, TCR) & TCR_SWRM)) {
        mdma_move(ch, true, channel_held(&ch->c, MAR), (uint8_t *)&mdr, 4);
    }
}

static void end_of_block(struct mdma_channel *ch, enum scope scope)
{
    uint32_t flags = FLAG_BT;
    bool more = scope >= REPEATED;

    if (!repeat(ch)) {
        flags |= FLAG_BRT;
        more = scope == LIST;
        if (!next_node(ch)) {
            flags |= FLAG_CTC;
            more = false;
            channel_set(&ch->c, CR, channel_held(&ch->c, CR) & ~CR_EN);
        }
    }
    ch->active &= more;
    flag(ch, flags);
}

static bool requested(const struct mdma_channel *ch)
{
    return !(channel_held(&ch->c, TCR) & TCR_SWRM) &&
           ch->c.d->asks[channel_held(&ch->c, TBR) & (REQUESTS - 1)];
}

static void kick(struct channel *c)
{
    struct mdma_channel *ch = (struct mdma_channel *)c;

    if (!(channel_held(c, CR) & CR_EN) || !channel_ready(c)) {
        return;
    }
    if (!ch->active && requested(ch)) {
        ch->active = true;
    }
    if (ch->active) {
        unsigned items = mdma_buffer_length(ch) / mdma_source_size(channel_held(c, TCR)) + 1;
        channel_start(c, items * ITEM_CYCLES);
    }
}

static void serve(void *arg)
{
    struct mdma_channel *ch = arg;
    struct buffer b = {.len = 0};
    uint32_t from = channel_held(&ch->c, SAR), to = channel_held(&ch->c, DAR),
             left = channel_held(&ch->c, BNDTR);
    unsigned len = mdma_buffer_length(ch);
    enum scope scope = (enum scope)(channel_held(&ch->c, TCR) >> 28 & 3);
    enum bus_status s = mdma_fill(ch, &b, &from, len);
    bool write = s == BUS_OK;

    if (write) {
        s = mdma_drain(ch, &b, &to);
    }
    if (s == BUS_ERROR) {
        fail(ch, write, write ? to : from);
        return;
    }
    if (s == BUS_STALL) { /* a busy flash bank; the buffer is moved again from its start */
        channel_retry(&ch->c);
        return;
    }
    answer(ch);
    channel_set(&ch->c, SAR, from);
    channel_set(&ch->c, DAR, to);
    channel_set(&ch->c, BNDTR, left - len);
    ch->active &= scope != BUFFER;
    flag(ch, FLAG_TC);
    if (!((left - len) & BNDT)) {
        end_of_block(ch, scope);
    }
    kick(&ch->c);
}

void mdma_request(struct machine *m, unsigned request, bool level)
{
    controller_request(m, "MDMA", request, level);
}

/* ---- registers ---- */

static void switched_on(struct mdma_channel *ch)
{
    uint32_t tcr = channel_held(&ch->c, TCR);

    ch->block = channel_held(&ch->c, BNDTR) & BNDT;
    if (channel_held(&ch->c, CR) & CR_ENDIAN) {
        rf_missing(ch->c.d->f, channel_place(&ch->c, CR), "an exchange of bytes (BEX, HEX, WEX)");
    }
    if (!(tcr & TCR_SWRM) && (channel_held(&ch->c, TBR) & (REQUESTS - 1)) >= DMA_REQUESTS) {
        machine_note(ch->c.d->m, N_DMA_REQUEST,
                     rf_block_of(ch->c.d->f)->base + channel_place(&ch->c, TBR),
                     "MDMA channel %u waits for request %u, which no modelled peripheral makes: "
                     "nothing is transferred",
                     ch->c.index, (unsigned)(channel_held(&ch->c, TBR) & (REQUESTS - 1)));
    }
}

static void control(struct mdma_channel *ch, uint32_t written, uint32_t old)
{
    bool on = channel_held(&ch->c, CR) & CR_EN;

    if (on && !(old & CR_EN)) {
        switched_on(ch);
    } else if (!on && old & CR_EN) {
        channel_cancel(&ch->c);
        ch->active = false;
        flag(ch, FLAG_CTC);
    }
    if (on && written & CR_SWRQ && channel_held(&ch->c, TCR) & TCR_SWRM) {
        ch->active = true;
    }
    kick(&ch->c);
}

static void mdma_write(void *self, uint32_t off, unsigned size, uint32_t written, uint32_t old)
{
    struct mdma *d = self;

    (void)size;
    if (off < FIRST || off >= FIRST + CHANNELS * STRIDE) {
        return;
    }
    struct mdma_channel *ch = &d->channel[(off - FIRST) / STRIDE];
    uint32_t reg = (off - FIRST) % STRIDE;
    if (reg == IFCR) {
        ch->flags &= ~(written & FLAGS);
    } else if (reg == CR) {
        control(ch, written, old);
    } else if (channel_held(&ch->c, CR) & CR_EN) {
        channel_refuse(&ch->c, reg, old);
    }
    machine_irq(d->d.m, 122, global(d));
}

static uint32_t mdma_look(const void *self, uint32_t off, uint32_t value)
{
    const struct mdma *d = self;

    if (off < FIRST) {
        return off ? 0 : global(d);
    }
    const struct mdma_channel *ch = &d->channel[(off - FIRST) / STRIDE % CHANNELS];
    if ((off - FIRST) % STRIDE == ISR) {
        return ch->flags | (ch->active ? FLAG_CRQA : 0);
    }
    return value;
}

static void mdma_read(void *self, uint32_t off, unsigned size)
{
    (void)self, (void)off, (void)size;
}

static void mdma_reset(void *self)
{
    struct mdma *d = self;

    for (unsigned i = 0; i < CHANNELS; i++) {
        channel_cancel(&d->channel[i].c);
        d->channel[i].flags = 0;
        d->channel[i].active = false;
    }
    machine_irq(d->d.m, 122, false);
}

static void *mdma_make(struct regfile *f)
{
    struct mdma *d = machine_alloc(rf_machine(f), sizeof(*d));

    d->d = (struct controller){
        .name = "MDMA", .first = FIRST, .stride = STRIDE, .gate = GATE(G_AHB3, 0), .kick = kick};
    for (unsigned i = 0; i < CHANNELS; i++) {
        controller_add(&d->d, &d->channel[i].c, "MDMA: a channel goes on", serve);
    }
    controller_init(&d->d, f);
    return d;
}

const struct rf_model mdma_model = {RF_MDMA,   mdma_make, mdma_reset,
                                    mdma_look, mdma_read, mdma_write};
