/* SPDX-License-Identifier: MIT */
/* What both cores share: words in SRAM4, and the ways in which a core starts again alone. */
#ifndef TEST_ALONE_H
#define TEST_ALONE_H

#include "chip/stm32h7/regs.h"
#include "duo/sram4.h"
#include "port/stm32h7/cpu.h"

#define ORDER REG_AT(DUO_SRAM4_BASE, 0) /* to the M4: 'w' or 'j' */
#define BEATS REG_AT(DUO_SRAM4_BASE, 4) /* of the M4 */

#ifdef CORE_CM7
#define WWDG      WWDG1_BASE
#define WWDG_CLK  REG(RCC, APB3ENR)
#define WWDG_EN   RCC_APB3ENR_WWDG1EN
#define BOOT_BASE 0x08000000u
#else
#define WWDG      WWDG2_BASE
#define WWDG_CLK  REG(RCC, APB1LENR)
#define WWDG_EN   RCC_APB1LENR_WWDG2EN
#define BOOT_BASE 0x08100000u
#endif

/* As an application that has not read about WWxRSC: started, and never fed. */
static inline _Noreturn void let_wwdg_bite(void)
{
    WWDG_CLK |= WWDG_EN;
    (void)WWDG_CLK;
    REG_AT(WWDG, WWDG_CR) = WWDG_CR_WDGA | WWDG_CR_T;
    for (;;) {
    }
}

/* As an application that "goes back to the bootloader". */
static inline _Noreturn void jump_to_bootloader(void)
{
    const uint32_t *table = (const uint32_t *)BOOT_BASE;

    __asm volatile("msr msp, %0\n bx %1\n" ::"r"(table[0]), "r"(table[1]));
    for (;;) {
    }
}

static inline void obey(uint32_t order)
{
    if (order == 'w') {
        let_wwdg_bite();
    }
    if (order == 'j') {
        jump_to_bootloader();
    }
}

#endif
