/* SPDX-License-Identifier: MIT */
/*
 * The chip: constructors of its blocks, and the seams between them (emu/chip/seam/, one header a
 * block), which say what one block asks of another. A block's registers are nobody else's business.
 */
#ifndef EMU_CHIP_CHIP_H
#define EMU_CHIP_CHIP_H

#include "emu/chip/seam/art.h"
#include "emu/chip/seam/crs.h"
#include "emu/chip/seam/dbgmcu.h"
#include "emu/chip/seam/dma.h"
#include "emu/chip/seam/exti.h"
#include "emu/chip/seam/flash.h"
#include "emu/chip/seam/gpio.h"
#include "emu/chip/seam/hsem.h"
#include "emu/chip/seam/pwr.h"
#include "emu/chip/seam/rcc.h"
#include "emu/chip/seam/syscfg.h"
#include "emu/chip/seam/uart.h"
#include "emu/chip/seam/watchdog.h"
#include "emu/machine.h"

/* Every constructor registers its devices and memories on m->bus and fills its pointer in the
 * machine. */
bool flash_new(struct machine *m, const char *file, char *err, size_t errlen);
void flash_free(struct flash *f); /* NULL is allowed */
void rcc_new(struct machine *m);
void pwr_new(struct machine *m);
void syscfg_new(struct machine *m);
/* The other blocks: emu/chip/blocks.def. */
#define BLOCK(name) void name##_new(struct machine *m);
#define MODEL(name)
#include "emu/chip/blocks.def"
#undef BLOCK
#undef MODEL
void regfile_new(
    struct machine *m); /* every other peripheral: reset values, reported once per register */

#endif
