/* SPDX-License-Identifier: MIT */
/* DMA1 and DMA2. */
#ifndef EMU_CHIP_SEAM_DMA_H
#define EMU_CHIP_SEAM_DMA_H

#include "emu/machine.h"

/* Level of a peripheral's request line, by its number in DMAMUX1's table. */
void dma_request(struct machine *m, unsigned request, bool level);
/* Is a stream on that follows it? */
bool dma_follows(const struct machine *m, unsigned request);

#endif
