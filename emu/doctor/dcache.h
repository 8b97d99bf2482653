/* SPDX-License-Identifier: MIT */
/* What goes wrong between the M7's data cache (emu/cpu/dcache.h) and those who see memory only: the
 * M4, DMA controllers, and the application that comes after the bootloader. */
#ifndef EMU_DOCTOR_DCACHE_H
#define EMU_DOCTOR_DCACHE_H

#include "emu/cpu/dcache.h"

struct doctor;

/*
 * A read that saw the wrong content. It may be innocent: who looks first and then invalidates, or
 * writes and then cleans, is late by some microseconds only. So it counts when the line is still as
 * it was a millisecond later.
 */
struct cache_doubt {
    bool pending, stale; /* stale: read by the M7 from its line; else read by another from memory */
    int reader;          /* CM7, CM4, or -1: DMA */
    uint32_t addr, pc;
    vtime_t at;
    uint8_t cached, memory;
};
#define CACHE_DOUBTS 8

/* The core's observer; arg is the M7's story. */
void dcache_event(void *arg, struct core *c, enum cache_event e, const struct cache_line *l,
                  uint32_t addr);
/* Somebody else than the M7 reads memory: core CM4, or -1 for a DMA controller. */
void dcache_outside_read(struct doctor *d, int core, uint32_t addr, unsigned size);
/* A DMA controller's access; arg is the doctor. */
void dcache_dma(void *arg, uint32_t addr, unsigned size, uint32_t value, bool write);
/* Once a millisecond: which doubts were right. */
void dcache_settle(struct doctor *d);
/* The hand-over of the M7: dirty lines are the bootloader's. */
void dcache_handover(struct doctor *d, uint32_t pc);

#endif
