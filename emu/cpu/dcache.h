/* SPDX-License-Identifier: MIT */
/*
 * The Cortex-M7's data cache as it behaves on the chip: the program sees what is in its lines,
 * memory what has been written back. 16 KiB, 4 ways of 128 lines of 32 bytes (RM0399, Cortex-M7
 * configuration). Off unless core_model_dcache() asks for it: then each load and store is looked
 * at, while firmware has the cache switched on.
 */
#ifndef EMU_CPU_DCACHE_H
#define EMU_CPU_DCACHE_H

#include "emu/cpu/core.h"

#define DCACHE_SETS 128
#define DCACHE_WAYS 4
#define DCACHE_LINE 32

struct cache_line {
    bool valid;
    bool told;       /* that it is stale */
    uint32_t addr;   /* of the first byte, as the M7 addresses it */
    uint32_t dirty;  /* bit per byte that is not in memory yet */
    vtime_t dirtied; /* first store since it was clean */
    vtime_t stored;  /* last store to it */
    uint8_t data[DCACHE_LINE];
};

struct dcache;

/* For the CM7 only, before it runs; freed with the core. Abort()s without memory. */
void core_model_dcache(struct core *c);
/* CCR.DC as the model sees it; false without a model. */
bool core_dcache_on(const struct core *c);
/* The line that holds this byte of the M7's view, NULL: none. */
const struct cache_line *core_dcache_find(const struct core *c, uint32_t addr);
/* Line number n, below DCACHE_SETS * DCACHE_WAYS; only with a model. */
const struct cache_line *core_dcache_line(const struct core *c, unsigned n);
/* Dirty lines, on or off; *first is the address of one. */
unsigned core_dcache_dirty(const struct core *c, uint32_t *first);

#endif
