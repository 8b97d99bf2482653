/* SPDX-License-Identifier: MIT */
/* A device that swaps its banks, with bootloaders that have vectors, and files for new ones. */
#ifndef TESTS_TXN_NEWBOOT_FIXTURE_H
#define TESTS_TXN_NEWBOOT_FIXTURE_H

#include "core/image/about.h"
#include "core/image/boot_mark.h"
#include "tests/txn/rules_fixture.h"

#define PROGRAM 1024u
#define ENTRY   64u /* of the M7's in its program */

extern uint8_t file[PROGRAM];
extern uint32_t counter; /* of the next set */

int set_up_bootloaders(void **state);

/* Another bootloader than the present one, in `file`; then it may be changed. */
void make_file(uint8_t cores);
void put_vector(uint8_t *at, uint32_t vector);
void put_mark(uint8_t *bootloader, unsigned minor, unsigned layout, unsigned core);

/* What a bootloader with this device's key and hardware id says of itself; and as much of that as
 * lies before the M4's place, in one that says where. */
#define ABOUT 128u
struct duo_about_record own_record(void);
void put_record(uint8_t *bootloader, const struct duo_about_record *record, uint32_t at);

/* The number of a set that brings what is in `file`. */
unsigned add_bringing(uint8_t cores);

/* A power cycle, and such a set is sent. */
enum duo_status send_bringing(uint8_t cores);
void boot_once_more(void);

#define BOOT_RULE(f) cmocka_unit_test_setup_teardown(f, set_up_bootloaders, tear_down)

#endif
