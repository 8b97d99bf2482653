/* SPDX-License-Identifier: MIT */
/*
 * The last question before code is let go: was it really verified? A boot decision is a chain of
 * branches, and one fault in the processor (a glitch on the supply, a laser) turns any of them. So
 * whoever starts the applications asks here as well. The two answers come from what hashing and the
 * curve have computed, not from what was decided about it; from the manifest read from flash once
 * more; and from code that shares no branch.
 */
#ifndef DUO_CORE_RELEASE_H
#define DUO_CORE_RELEASE_H

#include "core/txn/txn.h"

/* Each answer is made of the differences themselves: no comparison turns one into the other. A
 * result that was never computed, or set to 0 or to all ones, is not the right one either. */
#define DUO_RELEASE_FIRST  0x5AC3961Eu
#define DUO_RELEASE_SECOND 0x93A5C78Bu

/*
 * DUO_RELEASE_FIRST and DUO_RELEASE_SECOND, or anything else: then `boot` must not be carried out.
 * For DUO_BOOT_RUN by duo_txn_boot() in this boot; 1 KiB of stack. What they take, `make
 * bench-boot` measures.
 */
uint32_t duo_release_first(const struct duo_txn *txn, const struct duo_boot *boot);
uint32_t duo_release_second(const struct duo_txn *txn, const struct duo_boot *boot);

/* A boot in which nothing has been verified yet. */
void duo_release_nothing(struct duo_boot *boot);

#endif
