/* SPDX-License-Identifier: MIT */
/* On a device recovery is entered through a section of its own (boot/cm7/recovery_load.c). */
#include "tests/fuzz/recovery.h"

#include "boot/cm7/recovery/recovery.c"

void recovery_enter(struct duo_txn *txn, const struct work_cause *cause)
{
    recover(txn, cause);
}
