/*
 * The M7's data cache as far as the doctor needs it: which lines it holds, which bytes of them are
 * dirty, and what they contained. The memory itself stays coherent; what the program reads is not
 * changed.
 */
#ifndef EMU_DOCTOR_DCACHE_H
#define EMU_DOCTOR_DCACHE_H

#include <stdbool.h>
#include <stdint.h>

/* 16 KiB, 4 ways of 128 lines of 32 bytes (RM0399, Cortex-M7 configuration). */
#define DCACHE_SETS 128
#define DCACHE_WAYS 4
#define DCACHE_LINE 32

struct doctor;

struct cache_line {
    bool valid;
    bool old;                    /* dirtied before the hand-over */
    uint32_t addr;               /* of the first byte, SRAM1-3 at 0x30000000 */
    uint32_t dirty;              /* bit per byte */
    uint8_t data[DCACHE_LINE];   /* what the M7 sees */
    uint8_t memory[DCACHE_LINE]; /* what the M4 would see */
};

struct dcache {
    bool on;
    struct cache_line line[DCACHE_SETS][DCACHE_WAYS];
    unsigned victim;
};

/* Data access of a core; a write before it happens. */
void dcache_access(struct doctor *d, int core, uint32_t addr, unsigned size, uint64_t value,
                   bool write);
/* The same of a DMA controller, which sees memory only; arg is the doctor. */
void dcache_dma(void *arg, uint32_t addr, unsigned size, uint32_t value, bool write);
/* The M7 wrote a register of its private bus: cache switch, maintenance operations. */
void dcache_register(struct doctor *d, uint32_t addr, uint32_t value);
/* The hand-over of the M7: dirty lines are the bootloader's. */
void dcache_handover(struct doctor *d, uint32_t pc);

#endif
