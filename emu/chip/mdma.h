/* SPDX-License-Identifier: MIT */
/*
 * Inside of MDMA, shared by mdma.c (registers, blocks, lists) and mdma_buffer.c (one buffer: what a
 * channel moves at a time).
 */
#ifndef EMU_CHIP_MDMA_H
#define EMU_CHIP_MDMA_H

#include "emu/chip/channel.h"

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

struct mdma_channel {
    struct channel c;
    uint32_t flags, block; /* block: BNDT as it was at its start */
    bool active;           /* a request is being served */
};

struct mdma {
    struct controller d;
    struct mdma_channel channel[CHANNELS];
};

struct buffer {
    uint8_t data[128 * 8 + 8];
    unsigned len;
};

/* mdma_buffer.c */
unsigned mdma_source_size(uint32_t tcr);
/* Items of the source that the next buffer takes. */
unsigned mdma_buffer_length(const struct mdma_channel *ch);
/* Items of 8 bytes go in two halves. */
enum bus_status mdma_move(struct mdma_channel *ch, bool write, uint32_t at, uint8_t *data,
                          unsigned size);
/* From *at on, which moves with what was read or written. */
enum bus_status mdma_fill(struct mdma_channel *ch, struct buffer *b, uint32_t *at, unsigned len);
enum bus_status mdma_drain(struct mdma_channel *ch, struct buffer *b, uint32_t *at);

#endif
