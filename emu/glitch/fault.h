/* SPDX-License-Identifier: MIT */
/*
 * One fault, as a pulse on the supply or a laser makes it: an instruction that does not happen, a
 * bit that is fetched or held wrongly, a register that becomes 0. It lasts for one instruction.
 */
#ifndef EMU_GLITCH_FAULT_H
#define EMU_GLITCH_FAULT_H

#include "emu/machine.h"

#define GLITCH_KINDS(X)                                                                            \
    X(SKIP, "skip", "the instruction does not happen")                                             \
    X(ZERO, "zero", "a register becomes 0")                                                        \
    X(FLIP, "flip", "a bit of a register or of the flags changes")                                 \
    X(CODE, "code", "a bit of the instruction is fetched wrongly")

enum glitch_kind {
#define KIND(id, name, text) GLITCH_##id,
    GLITCH_KINDS(KIND)
#undef KIND
        GLITCH_KIND_COUNT
};

enum { GLITCH_FLAGS = 15 }; /* in place of a register: N, Z, C, V */

struct glitch_fault {
    enum glitch_kind kind;
    uint8_t reg; /* ZERO, FLIP: 0 to 14, or GLITCH_FLAGS */
    uint8_t bit; /* FLIP: of the register; flags: 28 to 31. CODE: of the opcode, 0 to 31 */
};

/* Where faults strike: `first` at one instruction, and perhaps another one `after` cycles later. */
struct glitch_point {
    enum core_id core;
    vtime_t at;  /* when the instruction begins, or the IT block that it belongs to */
    uint32_t pc; /* the instruction */
    struct glitch_fault first, second;
    uint32_t after;   /* 0: there is no second one */
    unsigned devices; /* a bit for each that it is tried on */
};

/* A fault at work: instructions that are changed are put back after they were executed. */
struct glitch_strike {
    struct machine *m;
    const struct glitch_point *point;
    struct sched_event second, restore;
    uint32_t patched; /* address; 0: none */
    uint8_t was[4];
    unsigned len;
};

/* From an event at point->at, outside of any slice. The strike must live as long as the machine. */
void glitch_strike(struct glitch_strike *s, struct machine *m, const struct glitch_point *point);

/* Bytes of the instruction at pc, 2 or 4; its opcode, the first halfword in the low half. */
unsigned glitch_opcode(const struct machine *m, enum core_id core, uint32_t pc, uint32_t *opcode);

const char *glitch_kind_name(enum glitch_kind kind);
/* "m7,0x00001234,123456,skip" or "...,flip=r3.17+20,skip": a point as an argument of --only, and
 * back. */
const char *glitch_format(const struct glitch_point *p, char *buf, size_t size);
bool glitch_parse(struct glitch_point *p, const char *text);

#endif
