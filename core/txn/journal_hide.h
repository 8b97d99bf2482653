/* SPDX-License-Identifier: MIT */
/*
 * Zeros over words of the journal that may hold what was given up: a state whose writing was cut
 * and that cannot be read now would be in force again at the power cycle that can read it. Private
 * to core/txn/journal*.c.
 */
#ifndef DUO_CORE_JOURNAL_HIDE_H
#define DUO_CORE_JOURNAL_HIDE_H

#include "core/txn/journal.h"

/* Zeros go over anything: over a torn word, which may read blank, they leave one that never does.
 * PROGRAM, PROTECTED as of the flash. */
enum duo_status duo_journal_zero(const struct duo_journal *j, unsigned half, uint32_t index);

/* In both halves; before the first record of a power cycle. */
enum duo_status duo_journal_hide_torn(const struct duo_journal *j);

/* All of both halves, before a lost journal is begun again: one stays as it is, and may be read
 * again one day; a cut in the other one's erase may bring to light what it holds. As far as words
 * take zeros. */
void duo_journal_bury(const struct duo_journal *j);

#endif
