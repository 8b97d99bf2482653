/* SPDX-License-Identifier: MIT */
/* Hardware semaphores. */
#ifndef EMU_CHIP_SEAM_HSEM_H
#define EMU_CHIP_SEAM_HSEM_H

#include "emu/machine.h"

int hsem_owner(const struct hsem *h, unsigned n); /* CM7, CM4 or -1 */

#endif
