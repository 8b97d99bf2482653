/* SPDX-License-Identifier: MIT */
/* DMA1, DMA2, BDMA, MDMA. */
#ifndef EMU_CHIP_SEAM_DMA_H
#define EMU_CHIP_SEAM_DMA_H

#include "emu/machine.h"

/* By its number in DMAMUX2's table: for BDMA. */
#define DMAMUX2_REQUEST(n) (128u + (n))
/* Level of a peripheral's request line, by its number in DMAMUX1's table, or as above. */
void dma_request(struct machine *m, unsigned request, bool level);
void bdma_request(struct machine *m, unsigned request, bool level); /* in DMAMUX2's table */
/* Of MDMA, by its own table; 0 to 15: a stream of DMA1 or DMA2 has completed. */
void mdma_request(struct machine *m, unsigned request, bool level);
/* Is a stream on that follows it? */
bool dma_follows(const struct machine *m, unsigned request);

#endif
