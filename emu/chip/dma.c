/* SPDX-License-Identifier: MIT */
/*
 * DMA1 and DMA2: registers, flags, interrupts (RM0399, direct memory access controller).
 */
#include "emu/chip/dma.h"
#include "chip/stm32h7/blocks.h"

enum { LISR = 0x00, HISR = 0x04, LIFCR = 0x08, HIFCR = 0x0C, FIRST = 0x10, STRIDE = 0x18 };
enum { S_CR = 0x00, S_NDTR = 0x04, S_PAR = 0x08, S_M0AR = 0x0C, S_M1AR = 0x10, S_FCR = 0x14 };

#define CR_FIELDS   0x01FFFFFFu /* TRBUFF (20) included */
#define CR_ANY_TIME (DMA_CR_DMEIE | DMA_CR_TEIE | DMA_CR_HTIE | DMA_CR_TCIE)
#define FCR_FIELDS  0x87u
#define FCR_FS      (4u << 3) /* FIFO status: empty */

/* One device of the bus: half of the streams. */
struct half {
    struct dma *d;
    unsigned first; /* stream */
};

/* ---- flags and interrupts ---- */

static void update_irq(struct dma_stream *s)
{
    static const uint8_t irq[DMAS * DMA_STREAMS] = {11, 12, 13, 14, 15, 16, 17, 47,
                                                    56, 57, 58, 59, 60, 68, 69, 70};
    bool level = (s->flags & FLAG_TC && s->cr & DMA_CR_TCIE) ||
                 (s->flags & FLAG_HT && s->cr & DMA_CR_HTIE) ||
                 (s->flags & FLAG_TE && s->cr & DMA_CR_TEIE) ||
                 (s->flags & FLAG_DME && s->cr & DMA_CR_DMEIE) ||
                 (s->flags & FLAG_FE && s->fcr & DMA_FCR_FEIE);

    mdma_request(s->d->m, s->index, s->flags & FLAG_TC);
    if (level == s->irq) {
        return;
    }
    s->irq = level;
    machine_irq(s->d->m, irq[s->index], level);
}

void dma_flag(struct dma_stream *s, uint32_t flags)
{
    s->flags |= flags;
    update_irq(s);
}

/* Place of a stream's six flags in LISR or HISR. */
static unsigned flag_shift(unsigned stream)
{
    static const uint8_t shift[4] = {0, 6, 16, 22};

    return shift[stream & 3];
}

static uint32_t flags_of(const struct half *h, bool high)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < 4; i++) {
        v |= h->d->stream[h->first + (high ? 4 : 0) + i].flags << flag_shift(i);
    }
    return v;
}

static void clear_flags(struct half *h, bool high, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++) {
        struct dma_stream *s = &h->d->stream[h->first + (high ? 4 : 0) + i];
        s->flags &= ~(value >> flag_shift(i) & 0x3D);
        update_irq(s);
    }
}

/* ---- stream registers ---- */

static void bug(const struct dma_stream *s, uint32_t reg, enum note_id id, const char *what)
{
    machine_note(s->d->m, id,
                 DMA1_BASE + s->index / DMA_STREAMS * 0x400 + FIRST +
                     s->index % DMA_STREAMS * STRIDE + reg,
                 "DMA%u stream %u: %s", s->index / DMA_STREAMS + 1, s->index % DMA_STREAMS, what);
}

static void switch_on(struct dma_stream *s, uint32_t value)
{
    if (s->flags) {
        bug(s, S_CR, N_DMA_FLAGS_SET,
            "is switched on while event flags of its last transfer stand: it stays off. Clear them "
            "in LIFCR or HIFCR first");
        s->cr = value & ~(uint32_t)DMA_CR_EN;
        return;
    }
    s->cr = value;
    if (dma_direction(s) == DIR_MEMORY_TO_MEMORY && s->cr & DMA_CR_CIRC) {
        bug(s, S_CR, N_DMA_M2M_CIRCULAR, "memory to memory cannot be circular");
    }
    if (s->cr & DMA_CR_PFCTRL) {
        machine_note(s->d->m, N_DMA_FLOW_CONTROL, 0,
                     "DMA%u stream %u: flow control by the peripheral is not modelled",
                     s->index / DMA_STREAMS + 1, s->index % DMA_STREAMS);
    }
    dmamux_check(s);
    dma_stream_on(s);
}

static void write_cr(struct dma_stream *s, uint32_t value)
{
    value &= CR_FIELDS;
    bool was = s->cr & DMA_CR_EN, is = value & DMA_CR_EN;
    if (!was && is) {
        switch_on(s, value);
    } else if (was) { /* only the interrupt enables, and EN itself */
        uint32_t locked = CR_FIELDS & ~(uint32_t)(CR_ANY_TIME | DMA_CR_EN);
        if ((s->cr ^ value) & locked) {
            bug(s, S_CR, N_DMA_RUNNING, "CR is changed while the stream is on: ignored");
        }
        s->cr = reg_merge(value, s->cr, locked);
        if (!is) {
            dma_stream_off(s);
        }
    } else {
        s->cr = value;
    }
    update_irq(s);
}

/* The buffer that is not in use may be moved in double buffer mode. */
static bool free_buffer(const struct dma_stream *s, unsigned n)
{
    return !(s->cr & DMA_CR_EN) || (s->cr & DMA_CR_DBM && n != (s->cr & DMA_CR_CT ? 1u : 0u));
}

static void write_stream(struct dma_stream *s, uint32_t reg, uint32_t value)
{
    bool on = s->cr & DMA_CR_EN;

    if (reg == S_CR) {
        write_cr(s, value);
    } else if ((reg == S_M0AR || reg == S_M1AR) && free_buffer(s, reg == S_M1AR)) {
        s->mar[reg == S_M1AR] = value;
    } else if (on) {
        bug(s, reg, N_DMA_RUNNING, "a register is written while the stream is on: ignored");
    } else if (reg == S_NDTR) {
        s->ndtr = value & 0xFFFF;
    } else if (reg == S_PAR) {
        s->par = value;
    } else if (reg == S_FCR) {
        s->fcr = value & FCR_FIELDS;
        update_irq(s);
    }
}

static uint32_t read_stream(const struct dma_stream *s, uint32_t reg)
{
    switch (reg) {
    case S_CR:
        return s->cr;
    case S_NDTR:
        return s->ndtr;
    case S_PAR:
        return s->par;
    case S_M0AR:
        return s->mar[0];
    case S_M1AR:
        return s->mar[1];
    case S_FCR:
        return s->fcr | FCR_FS;
    default:
        return 0;
    }
}

/* ---- the devices ---- */

static uint32_t dma_peek(void *self, enum core_id view, uint32_t off)
{
    const struct half *h = self;

    (void)view;
    if (off <= HISR) {
        return flags_of(h, off == HISR);
    }
    if (off < FIRST || off >= FIRST + DMA_STREAMS * STRIDE) {
        return 0;
    }
    return read_stream(&h->d->stream[h->first + (off - FIRST) / STRIDE], (off - FIRST) % STRIDE);
}

static enum bus_status dma_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    *value = reg_part(dma_peek(self, a->master, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status dma_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    struct half *h = self;
    uint32_t reg = off & ~3u, v = reg_shift(value, off, size);

    if (reg == LIFCR || reg == HIFCR) {
        clear_flags(h, reg == HIFCR, v);
    } else if (reg >= FIRST && reg < FIRST + DMA_STREAMS * STRIDE) {
        v = reg_merge(dma_peek(self, a->master, reg), v, reg_lanes(off, size));
        write_stream(&h->d->stream[h->first + (reg - FIRST) / STRIDE], (reg - FIRST) % STRIDE, v);
    }
    return BUS_OK;
}

static void reset_stream(struct dma_stream *s)
{
    sched_cancel(&s->d->m->sched, &s->ev);
    s->cr = s->ndtr = s->par = s->mar[0] = s->mar[1] = s->flags = 0;
    s->fcr = DMA_FCR_RESET & FCR_FIELDS;
    s->filled = 0;
    update_irq(s);
}

static void dma_reset(void *self, bool power_on)
{
    struct half *h = self;

    (void)power_on;
    for (unsigned i = 0; i < DMA_STREAMS; i++) {
        reset_stream(&h->d->stream[h->first + i]);
    }
}

static const struct dev_ops ops = {dma_read, dma_write, dma_peek, dma_reset};

static void kick_all(void *arg)
{
    struct dma *d = arg;

    for (unsigned i = 0; i < DMAS * DMA_STREAMS; i++) {
        dma_stream_kick(&d->stream[i]);
    }
}

void dma_request(struct machine *m, unsigned request, bool level)
{
    struct dma *d = m->dma;

    if (request >= DMAMUX2_REQUEST(0)) {
        bdma_request(m, request - DMAMUX2_REQUEST(0), level);
        return;
    }
    if (!d || d->asks[request] == level) {
        return;
    }
    d->asks[request] = level;
    if (level) {
        kick_all(d);
    }
}

bool dma_follows(const struct machine *m, unsigned request)
{
    const struct dma *d = m->dma;

    for (unsigned i = 0; d && i < DMAS * DMA_STREAMS; i++) {
        if (d->stream[i].cr & DMA_CR_EN && dmamux_follows(&d->stream[i], request)) {
            return true;
        }
    }
    return false;
}

void dma_new(struct machine *m)
{
    static const char *const names[DMAS] = {"DMA1", "DMA2"};
    struct dma *d = machine_alloc(m, sizeof(*d));

    d->m = m;
    m->dma = d;
    for (unsigned i = 0; i < DMAS * DMA_STREAMS; i++) {
        d->stream[i].d = d;
        d->stream[i].index = i;
        d->stream[i].fcr = DMA_FCR_RESET & FCR_FIELDS;
        dma_stream_init(&d->stream[i]);
    }
    for (unsigned i = 0; i < DMAS; i++) {
        struct half *h = machine_alloc(m, sizeof(*h));
        h->d = d;
        h->first = i * DMA_STREAMS;
        struct dev dev = {.name = names[i],
                          .base = DMA1_BASE + 0x400 * i,
                          .size = 0x400,
                          .gate = GATE(G_AHB1, i),
                          .ops = &ops,
                          .steady = bus_steady,
                          .self = h};
        bus_add_dev(&m->bus, &dev);
    }
    dmamux_new(d);
    rcc_on_change(m->rcc, kick_all, d);
}
