/* SPDX-License-Identifier: MIT */
/*
 * Inside of DMA1, DMA2 and DMAMUX1, shared by their files: dma.c (registers, interrupts),
 * dma_stream.c (what a stream moves, and when) and dmamux.c (whose requests it follows).
 */
#ifndef EMU_CHIP_DMA_H
#define EMU_CHIP_DMA_H

#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

enum { DMA_STREAMS = 8, DMAS = 2, DMA_FIFO = 16, DMAMUX_REQUESTS = 128, DMAMUX_GENERATORS = 8 };

enum {
    DMA_CR_EN = BIT(0),
    DMA_CR_DMEIE = BIT(1),
    DMA_CR_TEIE = BIT(2),
    DMA_CR_HTIE = BIT(3),
    DMA_CR_TCIE = BIT(4),
    DMA_CR_PFCTRL = BIT(5),
    DMA_CR_DIR = 3u << 6,
    DMA_CR_CIRC = BIT(8),
    DMA_CR_PINC = BIT(9),
    DMA_CR_MINC = BIT(10),
    DMA_CR_PINCOS = BIT(15),
    DMA_CR_DBM = BIT(18),
    DMA_CR_CT = BIT(19),
};
enum { DMA_FCR_DMDIS = BIT(2), DMA_FCR_FEIE = BIT(7), DMA_FCR_RESET = 0x21 };
enum { FLAG_FE = BIT(0), FLAG_DME = BIT(2), FLAG_TE = BIT(3), FLAG_HT = BIT(4), FLAG_TC = BIT(5) };
enum dma_direction { DIR_TO_MEMORY, DIR_TO_PERIPHERAL, DIR_MEMORY_TO_MEMORY };

struct dma_stream {
    struct dma *d;
    unsigned index; /* 0..7: DMA1, 8..15: DMA2; also the channel of DMAMUX1 */
    uint32_t cr, ndtr, par, mar[2], fcr, flags;
    uint32_t reload;     /* NDTR as it was when the stream was switched on */
    uint32_t p_at, m_at; /* where the next item is */
    uint32_t fetched;    /* to a peripheral: bytes of this run read from memory so far */
    uint8_t fifo[DMA_FIFO];
    unsigned filled;
    bool irq;
    struct sched_event ev;
};

struct dma {
    struct machine *m;
    struct dma_stream stream[DMAS * DMA_STREAMS];
    uint32_t mux[DMAS * DMA_STREAMS], generator[DMAMUX_GENERATORS];
    bool asks[DMAMUX_REQUESTS]; /* level of each request line */
};

/* dma.c */
void dma_flag(struct dma_stream *s, uint32_t flags);
static inline enum dma_direction dma_direction(const struct dma_stream *s)
{
    return (enum dma_direction)((s->cr & DMA_CR_DIR) >> 6 & 3);
}

/* dma_stream.c */
void dma_stream_init(struct dma_stream *s);
void dma_stream_on(struct dma_stream *s);
void dma_stream_off(struct dma_stream *s); /* by firmware */
/* A request came, a clock went on: the stream goes on if it has something to do. */
void dma_stream_kick(struct dma_stream *s);

/* dmamux.c */
void dmamux_new(struct dma *d);
/* Does the request that the stream follows stand? */
bool dmamux_asks(const struct dma_stream *s);
bool dmamux_follows(const struct dma_stream *s, unsigned request);
/* The stream was switched on: is its request one that somebody here makes? Reported if not. */
void dmamux_check(const struct dma_stream *s);

#endif
