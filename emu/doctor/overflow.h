/* SPDX-License-Identifier: MIT */
/* The end of a core's stack: the variables of the same program below it, and the end of its RAM. */
#ifndef EMU_DOCTOR_OVERFLOW_H
#define EMU_DOCTOR_OVERFLOW_H

#include "emu/cpu/core.h"

struct story;

/* Addresses are canonical (ram_canonical()). */
struct stack_end {
    bool known;
    uint32_t lo, hi;        /* variables below the stack */
    uint32_t top;           /* where it begins */
    uint32_t shift;         /* from these addresses to the window that the program uses */
    uint32_t near_hi;       /* stores to [hi, near_hi) are told: is it the stack that comes? */
    uint32_t heap_hi;       /* end of what others than the stack have stored to there */
    unsigned told;          /* stores */
    bool close;             /* it has come there: stores to the variables are told as well */
    bool settled;           /* told once, or it cannot be judged: looked at no more */
    uint32_t deep, deep_pc; /* it has been below `hi` at a look, and where; 0: it has not */
};

/* The application begins, or a look about every millisecond. */
void overflow_sample(struct story *s);
/* A store of this core. */
void overflow_store(struct story *s, uint32_t pc, uint32_t addr);
/* A fault that an access to `addr` has raised: from a stack that has left its RAM? */
void overflow_fault(struct story *s, uint32_t pc, uint32_t addr);
/* The end of the run. */
void overflow_conclude(struct story *s);

#endif
