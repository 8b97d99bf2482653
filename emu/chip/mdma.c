/* SPDX-License-Identifier: MIT */
/*
 * MDMA (RM0399, Master direct memory access controller): buffers, blocks, repeated blocks and
 * linked lists, by software or when a stream of DMA1 or DMA2 has completed. It reaches what the CM7
 * reaches, TCM included. Exchange of bytes and requests of other blocks are reported.
 */
#include "emu/chip/regfile.h"
#include "emu/chip/seam/dma.h"

#include <string.h>

enum { CHANNELS = 16, FIRST = 0x40, STRIDE = 0x40, REQUESTS = 64, DMA_REQUESTS = 16 };
enum {
    ISR = 0x00,
    IFCR = 0x04,
    ESR = 0x08,
    CR = 0x0C,
    TCR = 0x10,
    BNDTR = 0x14,
    SAR = 0x18,
    DAR = 0x1C,
    BRUR = 0x20,
    LAR = 0x24,
    TBR = 0x28,
    MAR = 0x30,
    MDR = 0x34
};

#define CR_EN     BIT(0)
#define CR_ENDIAN (7u << 12) /* BEX, HEX, WEX */
#define CR_SWRQ   BIT(16)
#define TCR_PKE   BIT(25)
#define TCR_SWRM  BIT(30)
#define BNDT      0x1FFFFu

#define FLAG_TE   BIT(0)
#define FLAG_CTC  BIT(1)
#define FLAG_BRT  BIT(2)
#define FLAG_BT   BIT(3)
#define FLAG_TC   BIT(4)
#define FLAGS     0x1Fu
#define FLAG_CRQA BIT(16)

#define ITEM_CYCLES 4u /* of HCLK; the bus matrix is not modelled */
#define RETRY       VT_US

enum scope { BUFFER, BLOCK, REPEATED, LIST }; /* TRGM: what one request moves */

struct channel {
    struct mdma *d;
    unsigned index;
    uint32_t flags, block; /* block: BNDT as it was at its start */
    bool active;           /* a request is being served */
    struct sched_event ev;
};

struct mdma {
    struct regfile *f;
    struct machine *m;
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

static uint32_t asked(const struct channel *ch)
{
    return ch->flags << 1 & held(ch, CR) & FLAGS << 1;
}

static uint32_t global(const struct mdma *d)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < CHANNELS; i++) {
        v |= asked(&d->channel[i]) ? BIT(i) : 0;
    }
    return v;
}

static void flag(struct channel *ch, uint32_t flags)
{
    ch->flags |= flags;
    machine_irq(ch->d->m, 122, global(ch->d));
}

/* ---- one buffer ---- */

static unsigned source_size(uint32_t tcr)
{
    return 1u << (tcr >> 4 & 3);
}

static unsigned target_size(uint32_t tcr)
{
    return 1u << (tcr >> 6 & 3);
}

static unsigned step_of(uint32_t tcr, unsigned shift)
{
    return 1u << (tcr >> shift & 3);
}

/* Items of 8 bytes go in two halves. */
static enum bus_status move(struct channel *ch, bool write, uint32_t at, uint8_t *data,
                            unsigned size)
{
    struct bus *b = &ch->d->m->bus;
    enum bus_status s = BUS_OK;

    for (unsigned done = 0; done < size && s == BUS_OK;) {
        unsigned n = size - done > 4 ? 4 : size - done;
        uint32_t v = 0;
        if (write) {
            memcpy(&v, data + done, n);
            s = bus_dma_write(b, MASTER_MDMA, at + done, n, v);
        } else {
            s = bus_dma_read(b, MASTER_MDMA, at + done, n, &v);
            memcpy(data + done, &v, n);
        }
        done += n;
    }
    return s;
}

static uint32_t advance(uint32_t at, uint32_t tcr, unsigned mode, unsigned offset)
{
    unsigned how = tcr >> mode & 3, by = step_of(tcr, offset);

    return how == 2 ? at + by : how == 3 ? at - by : at;
}

static void fail(struct channel *ch, bool write, uint32_t at)
{
    machine_note(ch->d->m, N_DMA_BUS_ERROR, at,
                 "MDMA channel %u: bus error when it %s 0x%08x, the channel is switched off (TEIF)",
                 ch->index, write ? "writes" : "reads", (unsigned)at);
    set(ch, ESR, (at & 0x7F) | (write ? BIT(7) : 0));
    set(ch, CR, held(ch, CR) & ~CR_EN);
    ch->active = false;
    flag(ch, FLAG_TE);
}

/* One item of the source into items of the target: without packing an item stays one, aligned by
 * PAM (RM0399, padding and alignment). */
static unsigned convert(uint32_t tcr, uint8_t *data, unsigned from, unsigned to)
{
    unsigned pam = tcr >> 26 & 3;
    bool negative = data[from ? from - 1 : 0] & 0x80;

    if (tcr & TCR_PKE || from == to) {
        return from;
    }
    if (from > to) {
        memmove(data, data + (pam == 2 ? from - to : 0), to);
    } else if (pam == 2) {
        memmove(data + to - from, data, from);
        memset(data, 0, to - from);
    } else {
        memset(data + from, pam == 1 && negative ? 0xFF : 0, to - from);
    }
    return to;
}

static unsigned buffer_length(const struct channel *ch)
{
    unsigned tlen = (held(ch, TCR) >> 18 & 0x7F) + 1, left = held(ch, BNDTR) & BNDT;

    return left < tlen ? left : tlen;
}

struct buffer {
    uint8_t data[128 * 8 + 8];
    unsigned len;
};

static enum bus_status fill(struct channel *ch, struct buffer *b, uint32_t *at, unsigned len)
{
    uint32_t tcr = held(ch, TCR);
    unsigned size = source_size(tcr);

    b->len = 0;
    for (unsigned done = 0; done < len; done += size) {
        enum bus_status s = move(ch, false, *at, b->data + b->len, size);
        if (s != BUS_OK) {
            return s;
        }
        b->len += convert(tcr, b->data + b->len, size, target_size(tcr));
        *at = advance(*at, tcr, 0, 8);
    }
    return BUS_OK;
}

static enum bus_status drain(struct channel *ch, struct buffer *b, uint32_t *at)
{
    uint32_t tcr = held(ch, TCR);
    unsigned size = target_size(tcr);

    for (unsigned done = 0; done < b->len; done += size) {
        unsigned n = b->len - done < size ? b->len - done : size;
        enum bus_status s = move(ch, true, *at, b->data + done, n);
        if (s != BUS_OK) {
            return s;
        }
        *at = advance(*at, tcr, 2, 10);
    }
    return BUS_OK;
}

/* ---- blocks and lists ---- */

static uint32_t moved(uint32_t at, uint32_t by, bool down)
{
    return down ? at - by : at + by;
}

/* Another block of the same; false: it was the last. */
static bool repeat(struct channel *ch)
{
    uint32_t bndtr = held(ch, BNDTR), brur = held(ch, BRUR), left = bndtr >> 20;

    if (!left) {
        return false;
    }
    set(ch, BNDTR, (left - 1) << 20 | (bndtr & 3u << 18) | ch->block);
    set(ch, SAR, moved(held(ch, SAR), brur & 0xFFFF, bndtr & BIT(18)));
    set(ch, DAR, moved(held(ch, DAR), brur >> 16, bndtr & BIT(19)));
    return true;
}

static bool next_node(struct channel *ch)
{
    static const uint8_t reg[10] = {TCR, BNDTR, SAR, DAR, BRUR, LAR, TBR, 0, MAR, MDR};
    uint32_t at = held(ch, LAR), word[10];

    if (!at) {
        return false;
    }
    for (unsigned i = 0; i < 10; i++) {
        if (move(ch, false, at + 4 * i, (uint8_t *)&word[i], 4) != BUS_OK) {
            fail(ch, false, at + 4 * i);
            set(ch, ESR, held(ch, ESR) | BIT(8)); /* TELD */
            return true;
        }
    }
    for (unsigned i = 0; i < 10; i++) {
        if (reg[i]) {
            set(ch, reg[i], word[i]);
        }
    }
    ch->block = held(ch, BNDTR) & BNDT;
    return true;
}

/* A request is answered where the peripheral wants it: MDR to MAR. */
static void answer(struct channel *ch)
{
    uint32_t mdr = held(ch, MDR);

    if (held(ch, MAR) && !(held(ch, TCR) & TCR_SWRM)) {
        move(ch, true, held(ch, MAR), (uint8_t *)&mdr, 4);
    }
}

static void end_of_block(struct channel *ch, enum scope scope)
{
    uint32_t flags = FLAG_BT;
    bool more = scope >= REPEATED;

    if (!repeat(ch)) {
        flags |= FLAG_BRT;
        more = scope == LIST;
        if (!next_node(ch)) {
            flags |= FLAG_CTC;
            more = false;
            set(ch, CR, held(ch, CR) & ~CR_EN);
        }
    }
    ch->active &= more;
    flag(ch, flags);
}

static bool requested(const struct channel *ch)
{
    return !(held(ch, TCR) & TCR_SWRM) && ch->d->asks[held(ch, TBR) & (REQUESTS - 1)];
}

static void kick(struct channel *ch)
{
    uint64_t hz = rcc_hz(ch->d->m->rcc, CLK_HCLK);

    if (!(held(ch, CR) & CR_EN) || sched_pending(&ch->ev) ||
        !rcc_gate_on(ch->d->m->rcc, GATE(G_AHB3, 0)) || !hz) {
        return;
    }
    if (!ch->active && requested(ch)) {
        ch->active = true;
    }
    if (ch->active) {
        unsigned items = buffer_length(ch) / source_size(held(ch, TCR)) + 1;
        sched_at(&ch->d->m->sched, &ch->ev,
                 machine_now(ch->d->m) + items * ITEM_CYCLES * VT_S / hz);
    }
}

static void serve(void *arg)
{
    struct channel *ch = arg;
    struct buffer b = {.len = 0};
    uint32_t from = held(ch, SAR), to = held(ch, DAR), left = held(ch, BNDTR);
    unsigned len = buffer_length(ch);
    enum scope scope = (enum scope)(held(ch, TCR) >> 28 & 3);
    enum bus_status s = fill(ch, &b, &from, len);
    bool write = s == BUS_OK;

    if (write) {
        s = drain(ch, &b, &to);
    }
    if (s == BUS_ERROR) {
        fail(ch, write, write ? to : from);
        return;
    }
    if (s == BUS_STALL) { /* a busy flash bank; the buffer is moved again from its start */
        sched_at(&ch->d->m->sched, &ch->ev, machine_now(ch->d->m) + RETRY);
        return;
    }
    answer(ch);
    set(ch, SAR, from);
    set(ch, DAR, to);
    set(ch, BNDTR, left - len);
    ch->active &= scope != BUFFER;
    flag(ch, FLAG_TC);
    if (!((left - len) & BNDT)) {
        end_of_block(ch, scope);
    }
    kick(ch);
}

static void kick_all(void *arg)
{
    struct mdma *d = arg;

    for (unsigned i = 0; i < CHANNELS; i++) {
        kick(&d->channel[i]);
    }
}

void mdma_request(struct machine *m, unsigned request, bool level)
{
    struct mdma *d = rf_model_named(m, "MDMA");

    if (d && d->asks[request] != level) {
        d->asks[request] = level;
        kick_all(d);
    }
}

/* ---- registers ---- */

static void switched_on(struct channel *ch)
{
    uint32_t tcr = held(ch, TCR);

    ch->block = held(ch, BNDTR) & BNDT;
    if (held(ch, CR) & CR_ENDIAN) {
        rf_missing(ch->d->f, place(ch, CR), "an exchange of bytes (BEX, HEX, WEX)");
    }
    if (!(tcr & TCR_SWRM) && (held(ch, TBR) & (REQUESTS - 1)) >= DMA_REQUESTS) {
        machine_note(ch->d->m, N_DMA_REQUEST, rf_block_of(ch->d->f)->base + place(ch, TBR),
                     "MDMA channel %u waits for request %u, which no modelled peripheral makes: "
                     "nothing is transferred",
                     ch->index, (unsigned)(held(ch, TBR) & (REQUESTS - 1)));
    }
}

static void control(struct channel *ch, uint32_t written, uint32_t old)
{
    bool on = held(ch, CR) & CR_EN;

    if (on && !(old & CR_EN)) {
        switched_on(ch);
    } else if (!on && old & CR_EN) {
        sched_cancel(&ch->d->m->sched, &ch->ev);
        ch->active = false;
        flag(ch, FLAG_CTC);
    }
    if (on && written & CR_SWRQ && held(ch, TCR) & TCR_SWRM) {
        ch->active = true;
    }
    kick(ch);
}

static void mdma_write(void *self, uint32_t off, unsigned size, uint32_t written, uint32_t old)
{
    struct mdma *d = self;

    (void)size;
    if (off < FIRST || off >= FIRST + CHANNELS * STRIDE) {
        return;
    }
    struct channel *ch = &d->channel[(off - FIRST) / STRIDE];
    uint32_t reg = (off - FIRST) % STRIDE;
    if (reg == IFCR) {
        ch->flags &= ~(written & FLAGS);
    } else if (reg == CR) {
        control(ch, written, old);
    } else if (held(ch, CR) & CR_EN) {
        machine_note(d->m, N_DMA_RUNNING, rf_block_of(d->f)->base + off,
                     "MDMA channel %u: a register is written while the channel is on: ignored",
                     ch->index);
        set(ch, reg, old);
    }
    machine_irq(d->m, 122, global(d));
}

static uint32_t mdma_look(const void *self, uint32_t off, uint32_t value)
{
    const struct mdma *d = self;

    if (off < FIRST) {
        return off ? 0 : global(d);
    }
    const struct channel *ch = &d->channel[(off - FIRST) / STRIDE % CHANNELS];
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
        sched_cancel(&d->m->sched, &d->channel[i].ev);
        d->channel[i].flags = 0;
        d->channel[i].active = false;
    }
    machine_irq(d->m, 122, false);
}

static void *mdma_make(struct regfile *f)
{
    struct mdma *d = machine_alloc(rf_machine(f), sizeof(*d));

    d->f = f;
    d->m = rf_machine(f);
    for (unsigned i = 0; i < CHANNELS; i++) {
        d->channel[i].d = d;
        d->channel[i].index = i;
        sched_event_init(&d->channel[i].ev, "MDMA: a channel goes on", serve, &d->channel[i]);
    }
    rcc_on_change(d->m->rcc, kick_all, d);
    return d;
}

const struct rf_model mdma_model = {RF_MDMA,   mdma_make, mdma_reset,
                                    mdma_look, mdma_read, mdma_write};
