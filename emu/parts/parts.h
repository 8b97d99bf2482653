/* SPDX-License-Identifier: MIT */
/*
 * What can hang on the buses of the board, by name on the command line. The parts have their common
 * commands and times; what they hold is erased at the start and lost at the end of the run.
 */
#ifndef EMU_PARTS_PARTS_H
#define EMU_PARTS_PARTS_H

#include "emu/machine.h"

/* "SPI1=loop", or "SPI1=flash@PA4": a NOR flash of 1 MiB (JEDEC id EF 40 14) with its select at
 * that pin. False: not of that form, no such bus, or no such pin. */
bool parts_spi(struct machine *m, const char *arg);
/* "QUADSPI=flash": a NOR flash of 16 MiB. */
bool parts_qspi(struct machine *m, const char *arg);
/* "I2C1=eeprom@0x50": 4 KiB, two bytes of address, pages of 32 bytes, 5 ms for a write. */
bool parts_i2c(struct machine *m, const char *arg);

#endif
