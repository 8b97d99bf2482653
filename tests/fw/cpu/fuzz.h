/* SPDX-License-Identifier: MIT */
/*
 * Random instruction sequences that must leave the same state on duoemu and on QEMU's boards. They
 * are made on the target from a seed, so both run the same code.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>

#define FUZZ_CODE    512 /* half-words of one block */
#define FUZZ_SCRATCH 256 /* bytes that loads and stores use */

/* What a block starts with and leaves behind. */
struct fuzz_state {
    uint32_t r[13];
    uint32_t apsr;
    uint32_t s[32];
    uint32_t fpscr;
};

extern uint16_t fuzz_code[FUZZ_CODE];
extern uint8_t fuzz_scratch[FUZZ_SCRATCH];

uint32_t fuzz_random(void);
static inline uint32_t fuzz_below(uint32_t n)
{
    return fuzz_random() % n;
}

/* Writes one block of about `steps` steps into fuzz_code; it ends with a jump to `end`. */
void fuzz_make(unsigned steps, uint32_t end);

/* fuzz_ops.c: single instructions, appended to the block. */
void emit16(uint32_t op);
void emit32(uint32_t op); /* first half-word high */
void emit_constant(unsigned rd, uint32_t value);
void emit_data(void);     /* integer data processing */
void emit_memory(void);   /* loads and stores in the scratch memory */
void emit_float(void);    /* floating point of this core */
void emit_it_block(void); /* one to four instructions, conditional */
/* fuzz_events.c: exceptions, masks, stacks, faults. */
void emit_event(void);

/* Registers: r8, r9 point into the scratch memory, r11 to the system control space; the others may
 * be written. */
unsigned fuzz_reg(void);
/* Halfwords in the block so far. */
unsigned fuzz_length(void);

#endif
