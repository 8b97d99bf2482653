/* SPDX-License-Identifier: MIT */
/* Numbers and bits of the ARMv7-M architecture that a core's files share. */
#ifndef EMU_CPU_ARMV7M_H
#define EMU_CPU_ARMV7M_H

#include "chip/stm32h7/regs.h"

#define EXC_RETURN_0 0xffffffe0u /* bits every EXC_RETURN value has set */

enum exception {
    EXC_RESET = 1,
    EXC_NMI = 2,
    EXC_HARDFAULT = 3,
    EXC_MEMMANAGE = 4,
    EXC_BUSFAULT = 5,
    EXC_USAGEFAULT = 6,
    EXC_SVCALL = 11,
    EXC_DEBUGMON = 12,
    EXC_PENDSV = 14,
    EXC_SYSTICK = 15,
    EXC_IRQ0 = 16,
};

/* CFSR bits (ARMv7-M, configurable fault status register). */
enum {
    IACCVIOL = 1u << 0,
    DACCVIOL = 1u << 1,
    MUNSTKERR = 1u << 3,
    MSTKERR = 1u << 4,
    MLSPERR = 1u << 5,
    MMARVALID = 1u << 7,
    IBUSERR = 1u << 8,
    PRECISERR = 1u << 9,
    IMPRECISERR = 1u << 10,
    UNSTKERR = 1u << 11,
    STKERR = 1u << 12,
    LSPERR = 1u << 13,
    BFARVALID = 1u << 15,
    UNDEFINSTR = 1u << 16,
    INVSTATE = 1u << 17,
    INVPC = 1u << 18,
    NOCP = 1u << 19,
    UNALIGNED = 1u << 24,
    DIVBYZERO = 1u << 25,
};
enum { HFSR_VECTTBL = 1u << 1, HFSR_FORCED = 1u << 30, HFSR_DEBUGEVT = 1u << 31 };
enum {
    CCR_NONBASETHRDENA = 1u << 0,
    CCR_USERSETMPEND = 1u << 1,
    CCR_UNALIGN_TRP = 1u << 3,
    CCR_DIV_0_TRP = SCS_CCR_DIV_0_TRP,
    CCR_BFHFNMIGN = SCS_CCR_BFHFNMIGN,
    CCR_STKALIGN = 1u << 9,
    CCR_DC = SCS_CCR_DC,
    CCR_IC = SCS_CCR_IC,
    CCR_BP = 1u << 18,
};
enum { SCR_SLEEPONEXIT = 1u << 1, SCR_SLEEPDEEP = 1u << 2, SCR_SEVONPEND = SCS_SCR_SEVONPEND };
enum {
    FPCCR_LSPACT = 1u << 0,
    FPCCR_USER = 1u << 1,
    FPCCR_THREAD = 1u << 3,
    FPCCR_HFRDY = 1u << 4,
    FPCCR_MMRDY = 1u << 5,
    FPCCR_BFRDY = 1u << 6,
    FPCCR_LSPEN = 1u << 30,
    FPCCR_ASPEN = 1u << 31
};
enum { CONTROL_NPRIV = 1, CONTROL_SPSEL = 2, CONTROL_FPCA = 4 };
#define FPDSCR_BITS 0x07c00000u /* AHP, DN, FZ, RMode: what a new FP context gets of FPSCR */
enum { XPSR_T = 1u << 24, XPSR_IT = 0x0600fc00u };

#endif
