/* SPDX-License-Identifier: MIT */
/*
 * Small programs for tests of the cores on the whole chip: instructions put together in memory, on
 * a machine without firmware.
 */
#ifndef TESTS_EMU_CODE_H
#define TESTS_EMU_CODE_H

#include "cpu_machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* after the four above */

struct code {
    uint32_t base;
    uint16_t op[128];
    unsigned n;
};

enum {
    ADDS_R7_1 = 0x3701,
    WFE = 0xbf20,
    WFI = 0xbf30,
    SEV = 0xbf40,
    BX_LR = 0x4770,
    BLX_R4 = 0x47a0,
    NOP = 0xbf00,
    CPSID_I = 0xb672,
};
#define BANK1 0x08000000u
#define BANK2 0x08100000u
#define WORD  0x08020000u /* a flash word of its own */
#define AXI   0x24000000u
#define NOTES 0x24001000u /* results of the programs */

extern struct cpu_machine t;

/* cmocka fixtures: a machine that is not powered yet. */
int setup(void **state);
int teardown(void **state);

uint32_t here(const struct code *p);
void op(struct code *p, uint16_t v);
void op32(struct code *p, uint32_t v); /* first half-word high */
void mov(struct code *p, unsigned rd, uint32_t v);
void ldr(struct code *p, unsigned rt, unsigned rn);
void str(struct code *p, unsigned rt, unsigned rn);
void branch_to(struct code *p, uint32_t target);
/* Stores a constant: r0 and r1 are lost. */
void store(struct code *p, uint32_t addr, uint32_t value);
/* Counts down from n (r3 is lost): about 2 * n instructions. */
void delay(struct code *p, uint32_t n);
void loop_here(struct code *p);

/* Vectors: everything but reset ends in a loop at +0x100; the program begins at +0x200. */
struct code begin(uint32_t base, uint32_t sp);
/* Ends in a loop and goes into memory. */
void finish(struct code *p);
void idle_core(uint32_t base, uint32_t sp);

void run_for(vtime_t dt);
uint32_t ppb(enum core_id id, uint32_t addr);
uint32_t pc_of(enum core_id id);
/* A device register written as that core would. */
void poke_dev(enum core_id as, uint32_t addr, uint32_t v);
uint32_t peek_dev(enum core_id as, uint32_t addr);

#endif
