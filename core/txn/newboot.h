/* SPDX-License-Identifier: MIT */
/*
 * A new bootloader for one core, which a set brings to a device that swaps its banks.
 *
 * It is written into the first sector of the bank that comes second, beside a copy of the other
 * core's bootloader, and runs for the first time after the swap. That other one, which is what has
 * run before, watches over it: its option bytes let it start alone, and it lets the new one go.
 *
 *   new M4 bootloader: the M7's counts the trial boot, lets the M4 go and offers it an image. If
 *                      it does not take that, the M7 goes back to the set before at once.
 *   new M7 bootloader: the M4's counts resets, lets the M7 go and waits for the gate to be opened.
 *                      If it is not, it swaps the banks back (boot/cm4/guard.c), and the M7's
 *                      bootloader of before finds that (duo_swap_taken_back()).
 *
 * Option bytes that were lost in a cut have bank 1 first and let both cores go. So a new M7
 * bootloader is installed from bank 1 only: that is where the old one is.
 *
 * Its file holds what the first sector does: of the M7 from its first byte on, with 0xFF where the
 * M4's lies; of the M4 from the place of that on.
 */
#ifndef DUO_CORE_NEWBOOT_H
#define DUO_CORE_NEWBOOT_H

#include "core/image/manifest.h"
#include "core/txn/txn.h"

/* May this device take what the manifest brings? OK also when it brings no bootloader. UNSUPPORTED
 * (no swap), PROTECTED (the option bytes cannot hold a core any more), TOO_LARGE, BOOT_BANK; STATE
 * when the present set is not one to go back to. */
enum duo_status duo_newboot_admit(const struct duo_txn *txn, const struct duo_manifest *m);

/* Erases the second bank's first sector and copies what is not to change. Errors: of the flash, and
 * READ. */
enum duo_status duo_newboot_begin(const struct duo_txn *txn, const struct duo_manifest *m);

/* One flash word of the file, which has this offset. What belongs to the other core is passed over.
 */
enum duo_status duo_newboot_put(const struct duo_txn *txn, const struct duo_manifest *m,
                                uint32_t offset, const uint8_t word[DUO_WORD_SIZE]);

/* As it lies in flash: is it what the manifest names, and all else as in the bank that runs? HASH,
 * READ; CORE or LAYOUT when its mark (core/image/boot_mark.h) says that it is for another place,
 * BOOT_OLD when it is older than the one that runs and the set does not raise the security counter;
 * ENTRY when its vectors do not lie in its place, or it does not begin as an M7 bootloader must, so
 * that the M4 cannot run it; BOOT_FOREIGN when an M7 bootloader would not take this very set. */
enum duo_status duo_newboot_verify(const struct duo_txn *txn, const struct duo_manifest *m);

/* Whose bootloader is new, and being installed or on trial: a DUO_BOOT_*, or 0. */
unsigned duo_newboot_on_trial(const struct duo_txn *txn);

/* A new M4 bootloader on trial has not taken its image: demands the set before at the next reset.
 * STATE: there is none. Else as duo_txn_rollback(). */
enum duo_status duo_newboot_take_back(struct duo_txn *txn);

#endif
