/* SPDX-License-Identifier: MIT */
/* M7: the flash driver as libduo uses it. */
#ifndef DUO_LIB_FLASH_CM7_H
#define DUO_LIB_FLASH_CM7_H

#include <stdint.h>

#include "core/txn/flash.h"

/*
 * Fills in the driver. What a begin function has started has ended when it returns, and the wait
 * for it was in RAM, with interrupts on. An operation of the other core's bank that does not end
 * gives STUCK; one of the bank that this program lies in resets the chip, because nothing could run
 * there any more.
 */
void library_flash(struct duo_flash *flash);

/* Milliseconds for waits: the application's (duo_clock()), or by cycles, which are longer than they
 * say on a core below 480 MHz. Runs from RAM. */
uint32_t library_ms(void);

#endif
