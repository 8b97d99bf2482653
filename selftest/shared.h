/* SPDX-License-Identifier: MIT */
/* What the two programs of the self-test share: a page of SRAM4, and words for what the M4 is asked
 * to do. */
#ifndef SELFTEST_SHARED_H
#define SELFTEST_SHARED_H

#include "chip/stm32h7/regs.h"

enum m4_task {
    M4_NOTHING,
    M4_VTOR,         /* as it was after the reset */
    M4_READ_ID,      /* the unique id, guarded: 1 if that was a bus fault */
    M4_SEV_PENDS,    /* is IRQ 64, the other core's SEV, pending? */
    M4_HSEM_CLOCK,   /* enable the HSEM for this core */
    M4_SLEEP,        /* WFE, until an event comes */
    M4_COUNT,        /* count from flash until the task changes */
    M4_CYCLES_ASLEEP /* kilocycles that CYCCNT went on in a sleep of 10 ms */
};

#define STAGE_FIRST 0u
#define STAGE_TORN  0x544F524Eu /* the reset came while a flash word was programmed */

/* Survives every reset but power-on. */
struct shared {
    uint32_t stage; /* of the M7 */
    uint32_t asked; /* so far, over the reset */
    uint32_t differ;
    uint32_t task; /* M7 to M4: an enum m4_task; changes when there is something to do */
    uint32_t done; /* M4 to M7: the task it has carried out */
    uint32_t answer;
    uint32_t counter; /* M4_COUNT */
    uint32_t magic;   /* the M4 runs */
};
#define SHARED       ((volatile struct shared *)0x38000000u) /* SRAM4, RM0399 memory map */
#define SHARED_MAGIC 0x53454C46u

#define CYCLES      REG(DWT, CYCCNT)
#define UNIQUE_ID   0x1FF1E800u /* RM0399, device electronic signature */
#define SCS(offset) REG_AT(SCS_BASE, offset)

static inline void cycles_start(void)
{
    REG(SCS, DEMCR) |= SCS_DEMCR_TRCENA;
    REG(DWT, LAR) = 0xC5ACCE55u; /* the M7's DWT has a lock (DWT_LAR) */
    REG(DWT, CTRL) |= DWT_CTRL_CYCCNTENA;
}

/* A load that may be a bus fault: 1 if it was, else 0 with the word in *value. */
uint32_t probe(uint32_t addr, uint32_t *value);

/* Kilocycles that CYCCNT counts while the core sleeps 10 ms by SysTick, at 64 MHz: 640 if it goes
 * on. */
uint32_t cycles_asleep(void);

#endif
