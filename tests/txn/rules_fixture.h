/* SPDX-License-Identifier: MIT */
/* A device with set A from the factory, and the sets it can be given. For cmocka. */
#ifndef TESTS_TXN_RULES_FIXTURE_H
#define TESTS_TXN_RULES_FIXTURE_H

#include "tests/txn/world.h"

enum { SET_A, SET_B, SET_HIGH, SET_M7_ONLY, SET_TWICE };

extern struct world w;

/* A set of two small images; images of one seed are the same. */
struct set_spec spec(uint32_t number, uint32_t seed7, uint32_t seed4, uint32_t counter);

int set_up(void **state);
int set_up_twin(void **state); /* the same device, which swaps its banks */
int tear_down(void **state);
#define RULE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

enum duo_status download(unsigned set);
struct duo_report report(void);
/* The decision of one power cycle; nothing is carried out. */
struct duo_boot boot_once(void);

/* A word of the manifest of the current set, or of the other one, cannot be read any more. Of a
 * device whose journal is in its first half. */
void lose_manifest(bool other);

#endif
