/* SPDX-License-Identifier: MIT */
/* What the parts of the transaction share: txn.c, boot.c. Not for others. */
#ifndef DUO_CORE_TXN_PARTS_H
#define DUO_CORE_TXN_PARTS_H

#include "core/txn/decide.h"
#include "core/txn/txn.h"

/* The state in which the exchange of .kind has begun; `target` is the set that will be current,
 * with the limits of its trial. Writes nothing. */
struct duo_state duo_txn_exchange_begun(const struct duo_txn *txn,
                                        const struct duo_set_verdict *target,
                                        const struct duo_decision *d);

#endif
