/* What goes wrong between the M7's data cache (emu/cpu/dcache.h) and those who see memory only: the
 * M4, DMA controllers, and the application that comes after the bootloader. */
#ifndef EMU_DOCTOR_DCACHE_H
#define EMU_DOCTOR_DCACHE_H

#include "emu/cpu/dcache.h"

struct doctor;

/* The core's observer; arg is the M7's story. */
void dcache_event(void *arg, struct core *c, enum cache_event e, const struct cache_line *l,
                  uint32_t addr);
/* Somebody else than the M7 reads memory: core CM4, or -1 for a DMA controller. */
void dcache_outside_read(struct doctor *d, int core, uint32_t addr, unsigned size);
/* A DMA controller's access; arg is the doctor. */
void dcache_dma(void *arg, uint32_t addr, unsigned size, uint32_t value, bool write);
/* The hand-over of the M7: dirty lines are the bootloader's. */
void dcache_handover(struct doctor *d, uint32_t pc);

#endif
