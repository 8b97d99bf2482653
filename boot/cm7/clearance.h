/* SPDX-License-Identifier: MIT */
/*
 * Leave to start the applications. It is not one decision in one place, because a fault in the
 * processor can turn any single one: the two answers of core/txn/release.h and the steps of the
 * boot are kept here, a branch looks at them, and the addresses that both cores are started at are
 * made with them.
 */
#ifndef DUO_BOOT_CLEARANCE_H
#define DUO_BOOT_CLEARANCE_H

#include <stdint.h>

#include "core/txn/txn.h"

/* What a boot must have gone through. Each is counted where it has succeeded. */
enum clearance_step {
    CLEARANCE_OPTIONS = 0x1B51,    /* option bytes are as the flash map demands */
    CLEARANCE_DECISION = 0x2A3D0,  /* the decision was to run */
    CLEARANCE_M4_PROGRAM = 0x48E7, /* the M4's bootloader is the one built with this */
};

void clearance_passed(enum clearance_step step);

/* Computes both answers for this boot. */
void clearance_ask(const struct duo_txn *txn, const struct duo_boot *boot);

/* 0: both answers and the steps are right. Else all that is made with it is wrong, too. */
uint32_t clearance_doubt(void);

#endif
