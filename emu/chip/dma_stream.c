/* SPDX-License-Identifier: MIT */
/*
 * What a stream of DMA1 or DMA2 moves (RM0399, DMA streams): items of the peripheral's width into
 * the FIFO and out of it in the memory's width, or the other way; memory to memory without
 * requests. An item takes some cycles of HCLK; the exact number depends on the traffic of the bus
 * matrix and is not modelled.
 */
#include "emu/chip/dma.h"

#include <string.h>

#define ITEM_CYCLES  8u  /* one request: peripheral and memory access */
#define BURST        16u /* items that memory to memory moves in one event */
#define BURST_CYCLES (BURST * 4u)
#define RETRY        VT_US /* of an access that the bus holds */

enum outcome { MOVED, HELD, FAILED };

static unsigned p_size(const struct dma_stream *s)
{
    return 1u << (s->cr >> 11 & 3);
}

static bool direct(const struct dma_stream *s)
{
    return dma_direction(s) != DIR_MEMORY_TO_MEMORY && !(s->fcr & DMA_FCR_DMDIS);
}

/* Direct mode has one width: the peripheral's. */
static unsigned m_size(const struct dma_stream *s)
{
    return direct(s) ? p_size(s) : 1u << (s->cr >> 13 & 3);
}

static unsigned threshold(const struct dma_stream *s)
{
    return direct(s) ? m_size(s) : ((s->fcr & 3) + 1) * 4;
}

static bool clocked(const struct dma_stream *s)
{
    return rcc_gate_on(s->d->m->rcc, GATE(G_AHB1, s->index / DMA_STREAMS));
}

/* ---- single accesses ---- */

static enum outcome failed(struct dma_stream *s, uint32_t addr)
{
    machine_note(s->d->m, N_DMA_BUS_ERROR, addr,
                 "DMA%u stream %u: bus error at 0x%08x, the stream is switched off (TEIF). The DMA "
                 "reaches SRAM, flash and peripherals, no TCM",
                 s->index / DMA_STREAMS + 1, s->index % DMA_STREAMS, (unsigned)addr);
    s->cr &= ~(uint32_t)DMA_CR_EN;
    dma_flag(s, FLAG_TE);
    return FAILED;
}

static enum outcome outcome_of(struct dma_stream *s, enum bus_status status, uint32_t addr)
{
    if (status == BUS_OK) {
        return MOVED;
    }
    return status == BUS_STALL ? HELD : failed(s, addr);
}

static enum outcome fetch(struct dma_stream *s, uint32_t addr, unsigned size)
{
    uint32_t v = 0;
    enum outcome o = outcome_of(s, bus_dma_read(&s->d->m->bus, MASTER_DMA, addr, size, &v), addr);

    if (o != MOVED) {
        return o;
    }
    memcpy(s->fifo + s->filled, &v, size);
    s->filled += size;
    return MOVED;
}

static enum outcome store(struct dma_stream *s, uint32_t addr, unsigned size)
{
    uint32_t v = 0;

    memcpy(&v, s->fifo, size);
    enum outcome o = outcome_of(s, bus_dma_write(&s->d->m->bus, MASTER_DMA, addr, size, v), addr);
    if (o != MOVED) {
        return o;
    }
    s->filled -= size;
    memmove(s->fifo, s->fifo + size, s->filled);
    return MOVED;
}

/* ---- a run: NDTR items ---- */

static void begin_run(struct dma_stream *s)
{
    s->ndtr = s->reload;
    s->p_at = s->par;
    s->m_at = s->mar[s->cr & DMA_CR_DBM && s->cr & DMA_CR_CT ? 1 : 0];
    s->fetched = 0;
}

/* All items are through: circular streams go round, with double buffer into the other one. */
static void end_run(struct dma_stream *s)
{
    if (s->cr & DMA_CR_DBM) {
        s->cr ^= DMA_CR_CT;
    }
    if (s->cr & (DMA_CR_DBM | DMA_CR_CIRC)) {
        begin_run(s);
    } else {
        s->cr &= ~(uint32_t)DMA_CR_EN;
    }
    dma_flag(s, FLAG_TC);
}

static void step_peripheral(struct dma_stream *s)
{
    if (s->cr & DMA_CR_PINC) {
        s->p_at += s->cr & DMA_CR_PINCOS ? 4 : p_size(s);
    }
    s->ndtr--;
    if (s->ndtr == s->reload / 2 && s->reload > 1) {
        dma_flag(s, FLAG_HT);
    }
}

static void step_memory(struct dma_stream *s, unsigned size)
{
    if (s->cr & DMA_CR_MINC) {
        s->m_at += size;
    }
}

/* What waits in the FIFO goes to memory when the threshold is reached, the rest at the end. */
static enum outcome drain(struct dma_stream *s)
{
    unsigned size = m_size(s);
    bool all = s->ndtr == 0;

    if (!all && s->filled < threshold(s)) {
        return MOVED;
    }
    while (s->filled && (all || s->filled >= size)) {
        unsigned n = s->filled >= size ? size : p_size(s);
        enum outcome o = store(s, s->m_at, n);
        if (o != MOVED) {
            return o;
        }
        step_memory(s, n);
    }
    return MOVED;
}

static enum outcome into_memory(struct dma_stream *s)
{
    if (s->ndtr && s->filled + p_size(s) <= DMA_FIFO) {
        enum outcome o = fetch(s, s->p_at, p_size(s));
        if (o != MOVED) {
            return o;
        }
        step_peripheral(s);
    }
    return drain(s);
}

static enum outcome to_peripheral(struct dma_stream *s)
{
    while (s->filled < p_size(s)) {
        unsigned size = m_size(s), left = s->reload * p_size(s) - s->fetched;
        unsigned n = size <= left ? size : p_size(s);
        enum outcome o = fetch(s, s->m_at, n);
        if (o != MOVED) {
            return o;
        }
        s->fetched += n;
        step_memory(s, n);
    }
    enum outcome o = store(s, s->p_at, p_size(s));
    if (o == MOVED) {
        step_peripheral(s);
    }
    return o;
}

static enum outcome move_item(struct dma_stream *s)
{
    enum outcome o = dma_direction(s) == DIR_TO_PERIPHERAL ? to_peripheral(s) : into_memory(s);

    if (o == MOVED && !s->ndtr && !s->filled) {
        end_run(s);
    }
    return o;
}

/* ---- time ---- */

static bool has_work(const struct dma_stream *s)
{
    if (!(s->cr & DMA_CR_EN) || !clocked(s) || (!s->ndtr && !s->filled)) {
        return false;
    }
    return dma_direction(s) == DIR_MEMORY_TO_MEMORY || dmamux_asks(s);
}

void dma_stream_kick(struct dma_stream *s)
{
    uint64_t hz = rcc_hz(s->d->m->rcc, CLK_HCLK);

    if (sched_pending(&s->ev) || !hz || !has_work(s)) {
        return;
    }
    unsigned cycles = dma_direction(s) == DIR_MEMORY_TO_MEMORY ? BURST_CYCLES : ITEM_CYCLES;
    sched_at(&s->d->m->sched, &s->ev, machine_now(s->d->m) + cycles * VT_S / hz);
}

static void serve(void *arg)
{
    struct dma_stream *s = arg;
    unsigned items = dma_direction(s) == DIR_MEMORY_TO_MEMORY ? BURST : 1;
    enum outcome o = MOVED;

    while (items-- && o == MOVED && has_work(s)) {
        o = move_item(s);
    }
    if (o == HELD) { /* a busy flash bank; nothing else holds the bus for long */
        sched_at(&s->d->m->sched, &s->ev, machine_now(s->d->m) + RETRY);
    } else {
        dma_stream_kick(s);
    }
}

void dma_stream_on(struct dma_stream *s)
{
    s->reload = s->ndtr;
    s->filled = 0;
    begin_run(s);
    dma_stream_kick(s);
}

/* Switched off by firmware in mid-run: the FIFO is emptied and TCIF says that the stream is idle
 * (RM0399, stream disable). Without memory access for the rest, it is lost. */
void dma_stream_off(struct dma_stream *s)
{
    sched_cancel(&s->d->m->sched, &s->ev);
    bool midway = s->ndtr || s->filled;
    if (dma_direction(s) != DIR_TO_PERIPHERAL) {
        while (s->filled) {
            unsigned n = s->filled >= m_size(s) ? m_size(s) : p_size(s);
            if (store(s, s->m_at, n) != MOVED) {
                break;
            }
            step_memory(s, n);
        }
    }
    s->filled = 0;
    if (midway) {
        dma_flag(s, FLAG_TC);
    }
}

void dma_stream_init(struct dma_stream *s)
{
    sched_event_init(&s->ev, "DMA: a stream goes on", serve, s);
}
