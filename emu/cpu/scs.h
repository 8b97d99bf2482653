/* SPDX-License-Identifier: MIT */
/*
 * The system control space, shared by scs.c (the private peripheral bus: dispatch, FPU, cache and
 * debug registers) and scb.c (the system control block).
 */
#ifndef EMU_CPU_SCS_H
#define EMU_CPU_SCS_H

#include "emu/cpu/internal.h"

struct scs_identity {
    uint32_t cpuid, mvfr[3], ccr_reset, pfr[4], mmfr[4], isar[5];
};
extern const struct scs_identity scs_identities[CORES];

/* Offsets from 0xE000ED00; words. */
uint32_t scb_read(const struct core *c, uint32_t off);
void scb_write(struct core *c, uint32_t off, uint32_t v);
/* SHPR1 to SHPR3: any size. */
uint32_t scb_read_priority(const struct core *c, uint32_t off, unsigned size);
void scb_write_priority(struct core *c, uint32_t off, unsigned size, uint32_t value);
/* Something was switched on that the model does not have. */
void scs_feature(struct core *c, uint32_t addr, enum note_id id, const char *what);

#endif
