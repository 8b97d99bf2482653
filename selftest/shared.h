/* SPDX-License-Identifier: MIT */
/* What the two programs of the self-test share: a page of SRAM4, and words for what the M4 is asked
 * to do. */
#ifndef SELFTEST_SHARED_H
#define SELFTEST_SHARED_H

#include "chip/stm32h7/memory.h"
#include "chip/stm32h7/regs.h"

enum m4_task {
    M4_NOTHING,
    M4_VTOR,    /* as it was after the reset */
    M4_READ_ID, /* the unique id, guarded: 1 if that was a bus fault */
    M4_SEND_SEV,
    M4_SEV_PENDS,     /* is IRQ 64, the other core's SEV, pending? */
    M4_HSEM_CLOCK,    /* enable the HSEM for this core */
    M4_SLEEP,         /* WFE, until an event comes */
    M4_COUNT,         /* count from flash until the task changes */
    M4_CYCLES_ASLEEP, /* kilocycles that CYCCNT went on in a sleep of 10 ms */
    M4_WATCH_ROM      /* what the ROM loader has switched on for the M7, 100 ms later */
};

#define STAGE_FIRST   0u
#define STAGE_TORN    0x544F524Eu /* the reset came while a flash word was programmed */
#define STAGE_ROM     0x524F4D4Cu /* ... while the M7 was in the ROM loader */
#define STAGE_SWAPPED 0x53574150u /* the banks are to be swapped: swapped.c asks */
#define STAGE_BACK    0x4241434Bu /* they have been swapped back */

/* At the end of the M7's first sector: written by the programmer with the rest, or not. */
#define OPTIONS_WORD 0x0801FFE0u
#define ASK_OPTIONS  0x4F505453u

/* swapped.c lies in sector 1 of bank 2, which comes first while the banks are swapped. */
#define BOOT_NORMAL  0x0800u /* BOOT_CM7_ADD0: upper half of the address */
#define BOOT_SWAPPED 0x0802u
/* The sector of each bank that is written to. */
#define BANK1_SECTOR7 (MEM_BANK1_BASE + 7u * MEM_SECTOR_SIZE)
#define BANK2_SECTOR7 (MEM_BANK2_BASE + 7u * MEM_SECTOR_SIZE)
#define SECTOR7_MASK  0x80u
#define SWAP_WORD     16u /* of sector 7: programmed while the banks are swapped */

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
    uint32_t watched; /* M4_WATCH_ROM's answer, over the reset */
};
#define SHARED       ((volatile struct shared *)MEM_SRAM4_BASE)
#define SHARED_MAGIC 0x53454C46u

#define CYCLES      REG(DWT, CYCCNT)
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

/* A system reset, after which the M7 goes on with `stage`. */
__attribute__((noreturn)) void reset_to(uint32_t stage);

#endif
