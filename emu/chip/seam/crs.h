/* SPDX-License-Identifier: MIT */
/* CRS: clock recovery of HSI48. */
#ifndef EMU_CHIP_SEAM_CRS_H
#define EMU_CHIP_SEAM_CRS_H

struct machine;

/* A frame of USB begins. source: which one, as in CRS_CFGR.SYNCSRC. */
void crs_sync(struct machine *m, unsigned source);

#endif
