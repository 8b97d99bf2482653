/* SPDX-License-Identifier: MIT */
/* From two verified images to two running applications. */
#ifndef DUO_BOOT_LAUNCH_H
#define DUO_BOOT_LAUNCH_H

#include "core/txn/txn.h"
#include "duo/gate.h"

/*
 * Puts the chip back to its state after reset and starts both applications at the same moment
 * (docs/jump.md). Returns only if the M4 does not take its application; then neither has run.
 */
enum duo_gate_answer launch(const struct duo_txn *txn, const struct duo_boot *boot,
                            uint32_t reset_flags);

#endif
