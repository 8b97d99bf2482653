/* SPDX-License-Identifier: MIT */
/* Journals as a device may find them: words put into the halves of the device of rules_fixture.h.
 */
#ifndef TESTS_TXN_JOURNAL_FIXTURE_H
#define TESTS_TXN_JOURNAL_FIXTURE_H

#include "tests/txn/rules_fixture.h"

/* Both halves, full of one word. */
void fill_journal(const uint8_t *word, enum sim_kind kind);
/* A record with a number higher than any that the tests reach; payload NULL: zeros. */
void put_record(unsigned half, uint32_t index, uint8_t version, uint8_t type,
                const uint8_t *payload);
/* A state that would start nothing, in a word that does not read as what it is. */
void put_hidden(unsigned half, uint32_t index, enum sim_kind kind);
void put_pad(unsigned half, uint32_t index, enum sim_kind kind);
/* The device writes a record. */
void append_something(struct duo_txn *txn);
/* The next boot stays in recovery for this reason, and a bundle sent there brings the device back.
 */
void expect_rescue(enum duo_reason reason);

/* hidden_states.c: how many of its tests have failed. */
int run_hidden_states(void);

#endif
