/* SPDX-License-Identifier: MIT */
/*
 * The swap of the two flash banks by option bytes (RM0399 FLASH, "bank and register swapping"):
 * the functions that core/txn/flash.h asks for.
 */
#ifndef DUO_PORT_SWAP_H
#define DUO_PORT_SWAP_H

#include "core/txn/flash.h"

/* The physical bank (1 or 2) that comes first since the last reset. */
unsigned swap_first_bank(void);

/*
 * Fills in first_bank, begin_swap, poll_swap and guarded. With the swap go the boot addresses of
 * both cores, which a change that was cut may have lost: cm7 and cm4, multiples of 64 KiB. They are
 * bus addresses, and do not follow the swap.
 */
void swap_driver(struct duo_flash *flash, uint32_t cm7, uint32_t cm4);

#endif
