/* SPDX-License-Identifier: MIT */
/* Blocks that count on a kernel clock: see kernels.c. */
#ifndef EMU_DOCTOR_KERNELS_H
#define EMU_DOCTOR_KERNELS_H

#include "emu/machine.h"

#define KERNELS 25

struct doctor;

/* The block that is set up for its clock by a write to this register, or -1. */
int kernels_set_up(const struct dev *dev, uint32_t off);
/* The rate of its kernel clock; 0: it has none, or does not use it. */
uint64_t kernels_hz(const struct doctor *d, unsigned k);
/* That core has it enabled. */
bool kernels_used(const struct doctor *d, unsigned k, int core);
const char *kernels_name(unsigned k);

#endif
