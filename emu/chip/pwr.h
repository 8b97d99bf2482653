/* SPDX-License-Identifier: MIT */
/*
 * Inside of PWR, shared by pwr.c (registers, supply, voltage) and pwr_low.c (what Stop and Standby
 * leave behind, HOLD, wake-up pins).
 */
#ifndef EMU_CHIP_PWR_H
#define EMU_CHIP_PWR_H

#include "chip/stm32h7/regs.h"
#include "emu/chip/chip.h"
#include "emu/chip/reg.h"

#define CPUCR_PDDS     7u
#define CPUCR_HOLDF    BIT(4)
#define CPUCR_STOPF    BIT(5)
#define CPUCR_SBF      BIT(6)
#define CPUCR_SBF_D1   BIT(7) /* then SBF_D2 */
#define CPUCR_FLAGS    0x1F0u /* HOLDF, STOPF, SBF, SBF_D1, SBF_D2 */
#define CPUCR_CSSF     BIT(9)
#define CPUCR_HOLD     BIT(10)
#define CPUCR_RUN_D3   BIT(11)
#define CPUCR_WRITABLE (CPUCR_PDDS | CPUCR_HOLD | CPUCR_RUN_D3)

struct pwr {
    struct machine *m;
    uint32_t cr1, cr2, cr3, cpucr[CORES], wkupepr;
    uint32_t supply;
    bool supply_locked, supply_ready, run_star_noted;
    unsigned vos_field; /* D3CR.VOS */
    unsigned vos;       /* in force: 0..3 */
    struct sched_event settled;
    /* pwr_low.c */
    uint32_t wkupfr;
    bool domain_standby[CORES]; /* of D1 and D2: the core that wakes finds its domain reset */
    bool standby;               /* of the whole chip */
    struct sched_event domain_wakes[CORES], chip_wakes;
};

/* pwr_low.c */
void pwr_low_new(struct pwr *p);
void pwr_low_reset(struct pwr *p, bool power_on);
void pwr_update_hold(struct pwr *p);                  /* CPUxCR was written */
void pwr_pins_write(struct pwr *p, uint32_t wkupepr); /* WKUPEPR */
void pwr_pins_clear(struct pwr *p, uint32_t flags);   /* WKUPCR */

#endif
