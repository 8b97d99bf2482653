/* SPDX-License-Identifier: MIT */
/*
 * How the M7 bootloader starts the M4 application.
 *
 * The M4 bootloader parks in RAM and holds semaphore PARKED. The M7 fills the gate block and takes
 * semaphore GATE. The M4 looks at it through Rn (a read of RLRn would take it), checks the block
 * and answers; if it agrees it frees PARKED and waits for the word `go`. The M7 then frees GATE,
 * puts the chip back to its reset state and writes `go`: both cores branch within some dozen
 * instructions.
 *
 * A system reset frees every semaphore, so a block left in RAM by an earlier boot opens nothing.
 */
#ifndef DUO_GATE_H
#define DUO_GATE_H

#include <stdint.h>

#include "duo/language.h"
#include "duo/sram4.h"

DUO_BEGIN_C

#define DUO_SEM_GATE    31u /* taken by the M7: the gate block is valid */
#define DUO_SEM_PARKED  30u /* taken by the M4: it runs from RAM and reads no flash */
#define DUO_SEM_FLASH   29u /* libduo: whoever programs flash holds it */
#define DUO_GATE_PROCID 0xD7u
#define DUO_GATE_MAGIC  0x47415445u
#define DUO_GATE_GO     0x474F2121u

/* When the M4's application starts. */
enum duo_gate_start {
    DUO_GATE_AT_ONCE = 0,
    /* When the M7's application has set RCC_GCR.BOOT_C2. With BCM4 = 0 the M4 is held until then,
     * and the M7 bootloader leaves GATE taken. */
    DUO_GATE_BY_M7 = 1,
};

/* What the M4 says about the block. */
enum duo_gate_answer {
    DUO_GATE_SILENT = 0,         /* nothing yet */
    DUO_GATE_ACCEPTED = 0xA1,    /* waits for `go` */
    DUO_GATE_BAD_BLOCK = 0xB1,   /* magic or check value is wrong */
    DUO_GATE_BAD_BASE = 0xB2,    /* no vector table can lie there in the M4 slot */
    DUO_GATE_BAD_IMAGE = 0xB3,   /* the flash does not hold what the block says */
    DUO_GATE_BAD_STACK = 0xB4,   /* initial stack pointer in no RAM of the M4 */
    DUO_GATE_BAD_ENTRY = 0xB5,   /* entry address even or outside of the slot */
    DUO_GATE_BAD_OPTIONS = 0xB6, /* the option bytes are not as the flash map demands */
    DUO_GATE_FAULT = 0xBF,       /* the M4 bootloader itself took a fault */
};

/* Full words only: a narrower write can be lost in the ECC buffer of the RAM (RM0399 ch. 3). */
struct duo_gate {
    volatile uint32_t magic;
    volatile uint32_t vectors; /* address of the application's vector table */
    volatile uint32_t stack;   /* its first two words, as the M7 verified them */
    volatile uint32_t entry;
    volatile uint32_t start; /* enum duo_gate_start */
    volatile uint32_t check; /* duo_gate_check() */
    volatile uint32_t answer;
    volatile uint32_t go;
};

#define DUO_GATE ((struct duo_gate *)(uintptr_t)DUO_GATE_BASE)

/* After it: what the M4 bootloader keeps over resets while it watches over a new M7 bootloader. */
struct duo_guard {
    volatile uint32_t boots, boots_inverse; /* in a row in which the gate stayed closed */
    volatile uint32_t taken_back; /* DUO_GUARD_TAKEN_BACK: it has swapped the banks back */
};

#define DUO_GUARD            ((struct duo_guard *)(uintptr_t)(DUO_GATE_BASE + sizeof(struct duo_gate)))
#define DUO_GUARD_TAKEN_BACK 0x4241434Bu

static inline uint32_t duo_gate_mix(uint32_t sum, uint32_t word)
{
    return (((sum << 7) | (sum >> 25)) ^ word) + 0x9E3779B9u;
}

static inline uint32_t duo_gate_check(uint32_t vectors, uint32_t stack, uint32_t entry,
                                      uint32_t start)
{
    uint32_t sum = duo_gate_mix(DUO_GATE_MAGIC, vectors);

    return duo_gate_mix(duo_gate_mix(duo_gate_mix(sum, stack), entry), start);
}

DUO_END_C

#endif
