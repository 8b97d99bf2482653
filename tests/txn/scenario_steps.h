/* SPDX-License-Identifier: MIT */
/* The steps that scenarios are made of. */
#ifndef TESTS_TXN_SCENARIO_STEPS_H
#define TESTS_TXN_SCENARIO_STEPS_H

#include "tests/txn/explore.h"

void start_at_factory(struct world *w);
void download(struct world *w, unsigned set, bool recovery);
/* Once a set is on record as staged, it alone may run: six trial boots are more than cuts use. */
void install(struct world *w, unsigned set);
/* From one set to another, confirmed. */
void download_and_install(struct world *w, unsigned from, unsigned to);
void to_confirmed_b(struct explorer *e);
void rollback(struct explorer *e, unsigned to);
/* Fills the journal up to `left` words, so that it has to turn somewhere in what follows. */
void fill_journal(struct world *w, unsigned left);
/* Nothing can run; recovery takes a bundle. */
void rescue(struct explorer *e, unsigned set);

/* scenarios_journal.c: a lost journal is one of the list. */
void scenario_lost_journal(struct explorer *e);
void scenario_lost_twice(struct explorer *e);

#endif
