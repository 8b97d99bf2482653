/* SPDX-License-Identifier: MIT */
/*
 * DMAMUX1: which request each stream of DMA1 and DMA2 follows (RM0399, DMA request multiplexer).
 * Synchronisation and request generators are reported when switched on.
 */
#include "chip/stm32h7/blocks.h"
#include "emu/chip/dma.h"

enum { CCR_END = 0x40, RGCR = 0x100, RGCR_END = 0x120 };

#define CCR_ID     0x7Fu
#define CCR_FIELDS 0x07FF037Fu
#define RG_FIELDS  0x00FF0107u
#define MUX_ON     BIT(16) /* SE of a channel, GE of a generator */

/* Requests that a model makes (RM0399, DMAMUX1 request table). */
static bool made(unsigned id)
{
    static const struct {
        uint8_t first, last;
    } by[] = {
        {9, 10},    /* ADC1, ADC2 */
        {33, 40},   /* I2C1, I2C2, SPI1, SPI2: receiver and transmitter each */
        {41, 46},   /* USART1 to 3, receiver and transmitter each */
        {61, 62},   /* SPI3 */
        {63, 66},   /* UART4, UART5 */
        {71, 74},   /* USART6, I2C3 */
        {79, 86},   /* UART7, UART8, SPI4, SPI5 */
        {115, 115}, /* ADC3 */
    };

    for (unsigned i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
        if (id >= by[i].first && id <= by[i].last) {
            return true;
        }
    }
    return false;
}

bool dmamux_asks(const struct dma_stream *s)
{
    return s->d->asks[s->d->mux[s->index] & CCR_ID];
}

bool dmamux_follows(const struct dma_stream *s, unsigned request)
{
    return (s->d->mux[s->index] & CCR_ID) == request;
}

void dmamux_check(const struct dma_stream *s)
{
    unsigned id = s->d->mux[s->index] & CCR_ID;

    if (dma_direction(s) == DIR_MEMORY_TO_MEMORY || made(id)) {
        return;
    }
    machine_note(s->d->m, N_DMA_REQUEST, DMAMUX1_BASE + 4 * s->index,
                 "DMA%u stream %u waits for request %u of DMAMUX1, which no modelled peripheral "
                 "makes: nothing is transferred",
                 s->index / DMA_STREAMS + 1, s->index % DMA_STREAMS, id);
}

static uint32_t *word(struct dma *d, uint32_t off)
{
    if (off < CCR_END) {
        return &d->mux[off / 4];
    }
    return off >= RGCR && off < RGCR_END ? &d->generator[(off - RGCR) / 4] : NULL;
}

static uint32_t mux_peek(void *self, enum core_id view, uint32_t off)
{
    (void)view;
    const uint32_t *w = word(self, off);
    return w ? *w : 0; /* CSR, RGSR: no synchronisation, no overrun */
}

static enum bus_status mux_read(void *self, const struct bus_access *a, uint32_t off, unsigned size,
                                uint32_t *value)
{
    *value = reg_part(mux_peek(self, a->master, off & ~3u), off, size);
    return BUS_OK;
}

static enum bus_status mux_write(void *self, const struct bus_access *a, uint32_t off,
                                 unsigned size, uint32_t value)
{
    struct dma *d = self;

    (void)a;
    uint32_t *w = word(d, off & ~3u);
    if (!w) {
        return BUS_OK;
    }
    bool generator = off >= RGCR;
    uint32_t old = *w;
    *w = reg_merge(old, reg_shift(value, off, size),
                   reg_lanes(off, size) & (generator ? RG_FIELDS : CCR_FIELDS));
    if (*w & ~old & MUX_ON) {
        machine_note(d->m, N_DMA_MUX, DMAMUX1_BASE + (off & ~3u),
                     "DMAMUX1: firmware switches on %s, which the model does not have",
                     generator ? "a request generator (GE)" : "synchronisation (SE)");
    }
    if (!generator) {
        dma_stream_kick(&d->stream[off / 4]);
    }
    return BUS_OK;
}

/* No reset bit of its own: system resets only. */
static void mux_reset(void *self, bool power_on)
{
    struct dma *d = self;

    (void)power_on;
    for (unsigned i = 0; i < DMAS * DMA_STREAMS; i++) {
        d->mux[i] = 0;
    }
    for (unsigned i = 0; i < DMAMUX_GENERATORS; i++) {
        d->generator[i] = 0;
    }
}

static const struct dev_ops ops = {mux_read, mux_write, mux_peek, mux_reset};

void dmamux_new(struct dma *d)
{
    struct dev dev = {.name = "DMAMUX1",
                      .base = DMAMUX1_BASE,
                      .size = 0x400,
                      .gate = GATE_NONE,
                      .ops = &ops,
                      .self = d};

    bus_add_dev(&d->m->bus, &dev);
}
