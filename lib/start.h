/* SPDX-License-Identifier: MIT */
/* For the M7 bootloader: what it prepares for libduo in the applications. */
#ifndef DUO_LIB_START_H
#define DUO_LIB_START_H

#include <stdbool.h>

#include "duo/handoff.h"

/* Writes the block with magic, format, size and check filled in. */
void duo_handoff_put(struct duo_handoff *h);

/* Makes whatever an earlier boot left in the mailbox invalid. */
void duo_mailbox_clear(void);

/* Clears what libduo's two halves tell each other; says whether the set that is started is on
 * trial. */
void duo_shared_clear(bool trial);

#endif
