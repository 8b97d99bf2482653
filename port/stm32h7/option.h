/* SPDX-License-Identifier: MIT */
/* Option bytes: read protection, and write protection of sectors (RM0399 ch. 4, FLASH options). */
#ifndef DUO_OPTION_H
#define DUO_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"

/* Is the chip's read protection off (level 0)? */
bool option_readable(void);

/* Bit n: sector n of the bank (0 or 1) is write-protected now. */
uint32_t option_protected(unsigned bank);

/*
 * Changes the write protection of both banks and waits, calling idle(), until it is in force, which
 * needs no reset. No flash operation may be under way. PROTECTED: the chip refuses (read protection
 * level 2); TIMEOUT: the change does not end. Reset in the middle: the old options stay.
 */
enum duo_status option_protect(uint32_t bank1, uint32_t bank2, void (*idle)(void));

#endif
