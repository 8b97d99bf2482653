/* SPDX-License-Identifier: MIT */
/* The few instructions that the doctor has to understand, by their encoding (Armv7-M). An opcode is
 * two halfwords, the first in the low half; of a short instruction only the first counts. */
#ifndef EMU_DOCTOR_DECODE_H
#define EMU_DOCTOR_DECODE_H

#include "emu/bus.h"
#include "emu/cpu/core.h"

/* Opcode at pc as core `id` sees it; 0 where there is no memory. */
uint32_t decode_opcode(const struct bus *b, enum core_id id, uint32_t pc);
/* Bytes of it: 2 or 4. */
unsigned decode_length(uint32_t op);
/* MSR to MSP, PSP or CONTROL. */
bool decode_msr_stack(uint32_t op);
/* MOV SP, Rm; LDR SP, [...]: also the way out of a function. */
bool decode_move_to_sp(uint32_t op);
/* Loads and stores relative to SP: how far above SP, or -1 for any other instruction. */
int decode_load_sp(uint32_t op);
int decode_store_sp(uint32_t op);
/* A load by another base than SP with the registers as they are: where it reads, and which register
 * gets the (first) word. False for any other instruction. */
bool decode_load(const struct core *c, uint32_t pc, uint32_t op, uint32_t *addr, unsigned *target);
/* CMP, TST, or what compilers put for a comparison with 0 or 0xFFFFFFFF, with the registers as they
 * are: what is compared. */
bool decode_compare(const struct core *c, uint32_t op, uint32_t *left, uint32_t *right);
/* Of such a comparison: bits of one value are asked for by the other one (TST, ANDS, a shift). */
bool decode_tests_bits(uint32_t op);
/* WFI or WFE. */
bool decode_sleep(uint32_t op);
/* The modified immediate of a Thumb-2 instruction (ThumbExpandImm). */
uint32_t decode_immediate(uint32_t op);

#endif
