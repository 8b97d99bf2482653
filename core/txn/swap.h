/* SPDX-License-Identifier: MIT */
/*
 * An install as a swap of the banks, for layouts with map->twin.
 *
 * The bank that comes first has the current set and both bootloaders; the one that comes second is
 * free for the other set. Nothing of the current set is ever written. A download fills the second
 * bank, and copies into it what the new set does not bring: an image that stays, and the
 * bootloaders (duo_swap_fill()). The install is one change of option bytes and a reset.
 *
 * The state names the physical bank of the current set. The journal has one half in each bank and
 * is found whichever comes first; at each boot the bank that comes first is compared with the
 * state:
 *
 *     state            same bank                    other bank
 *     EXCHANGE, ready  change the options           the swap is done: the sets change places
 *     any other        go on                        somebody else has swapped: swap back
 *
 * So a change that was cut is begun again or found done, and one that nobody here has asked for is
 * undone. "Ready" is what the last record before the change says: step has reached the number of
 * steps.
 */
#ifndef DUO_CORE_SWAP_H
#define DUO_CORE_SWAP_H

#include <stdbool.h>

#include "core/txn/txn.h"

/* Does the bank that comes first hold the set that is not the state's current one? False in layouts
 * that do not swap, and without a journal. */
bool duo_swap_elsewhere(const struct duo_txn *txn);

/* The swap that an exchange was begun for is done: the sets may change places. */
bool duo_swap_done(const struct duo_txn *txn);

/* Of a first state: where its current set lies. */
void duo_swap_place(const struct duo_txn *txn, struct duo_state *first);

/* Starts to change the options so that the state's target comes first: with an exchange under way
 * its other set, else the current one. poll_swap() of the flash tells the end. */
enum duo_status duo_swap_begin(const struct duo_txn *txn);

/*
 * Before applications run: makes room in the journal for an update, if it could otherwise have to
 * turn to the half in the bank that they run from. That half is not erased then: an erase would
 * hold both of them up. Usually does nothing; else an erase.
 */
enum duo_status duo_swap_make_room(struct duo_txn *txn);

/* A new bootloader did not work, and the other core's has swapped the banks back while its set was
 * on trial (core/txn/newboot.h). */
bool duo_swap_taken_back(const struct duo_txn *txn);

/* Would the M4's bootloader swap the banks, should the M7's not start (core/txn/newboot.h)? Then
 * the second bank must stay as it is: the option bytes are put right at the next reset. */
bool duo_swap_guarded(const struct duo_txn *txn);

/* Does the second bank's first sector hold a copy of the bootloaders that can be relied on? Reads
 * both. */
bool duo_swap_boot_copied(const struct duo_txn *txn);

/*
 * Copies into the second bank what `state`, a download that is complete, has not brought: the
 * images with differs[] = false, and the bootloaders if boot_copied is false. Erases at most
 * *erases sectors and counts them down; BUSY: more are needed; *at, 0 at first, is how far it has
 * come. OK: all is there and has been compared, and *state says so. Errors: of the flash, and READ.
 */
enum duo_status duo_swap_fill(const struct duo_txn *txn, struct duo_state *state, unsigned *at,
                              unsigned *erases);

/* Sectors that duo_swap_fill() has still to erase. */
unsigned duo_swap_fill_left(const struct duo_txn *txn, const struct duo_state *state, unsigned at);

#endif
