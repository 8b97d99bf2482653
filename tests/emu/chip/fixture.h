/* SPDX-License-Identifier: MIT */
/*
 * The chip's blocks on a bus with virtual time, without cores' engines: a machine of this fixture's
 * own, whose cores are records that tests set and read.
 */
#ifndef TESTS_EMU_CHIP_FIXTURE_H
#define TESTS_EMU_CHIP_FIXTURE_H

#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h> /* after the four above */

struct core {
    bool held;
    enum core_power power;
    bool irq[150];
    unsigned pulses[150], events, nmis, resets;
};

struct fixture {
    struct machine m;
    struct core core[CORES];
    struct options options;
    vtime_t now;
    unsigned notes;
    enum note_kind last_kind;
    char last_note[64]; /* id of the last note, "" after clear_notes() */
    int reset;          /* cause of a reset asked for, -1: none */
    unsigned clock_changes, released[CORES];
};

extern struct fixture fx;

/* Power-on with factory options. */
int setup(void **state);
int teardown(void **state);
/* System reset as machine.c does it. */
void do_reset(enum reset_cause cause);
/* Lets virtual time pass. */
void pass(vtime_t t);

void wr(enum core_id id, uint32_t addr, uint32_t value);
uint32_t rd(enum core_id id, uint32_t addr);
void wr_sized(enum core_id id, uint32_t addr, unsigned size, uint32_t value);
uint32_t rd_sized(enum core_id id, uint32_t addr, unsigned size);
/* Asserts that the access is a bus error. */
void wr_fails(enum core_id id, uint32_t addr, unsigned size);
void rd_fails(enum core_id id, uint32_t addr, unsigned size);

void clear_notes(void);
#define assert_note(id_) assert_string_equal(fx.last_note, id_)
#define assert_no_note() assert_string_equal(fx.last_note, "")

#endif
