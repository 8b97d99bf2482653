/* SPDX-License-Identifier: MIT */
/* The log of events, read from the states that the journal still holds. */
#ifndef DUO_CORE_HISTORY_H
#define DUO_CORE_HISTORY_H

#include "core/txn/journal.h"
#include "duo/log.h"

/* The last events, the oldest first; how many. Reads both halves: up to 8192 words. */
unsigned duo_history(const struct duo_journal *j, struct duo_event *events, unsigned max);

#endif
