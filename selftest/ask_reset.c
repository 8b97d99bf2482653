/* SPDX-License-Identifier: MIT */
/* Values after a reset that sources disagree about, or that only one of them gives
 * (docs/emulator.md). */
#include "selftest/ask.h"

#include <stdbool.h>

#define BIT(n) (1u << (n))

/* Bits of RSR and the ready flags depend on what came before; what is compared does not. */
static void ask_about_clocks(void)
{
    tell("rcc.cr HSI ready, PLLs off", 0x00000005u, REG(RCC, CR) & 0x3F000005u);
    tell("rcc.cfgr", 0, REG(RCC, CFGR));
    tell("rcc.pllckselr", 0x02020200u, REG(RCC, PLLCKSELR));
    tell("rcc.pllcfgr", 0x01FF0000u, REG(RCC, PLLCFGR));
    tell("rcc.pll1divr", 0x01010280u, REG(RCC, PLL1DIVR));
    tell("rcc.d2ckrdy, the M4 runs", RCC_CR_D2CKRDY, REG(RCC, CR) & RCC_CR_D2CKRDY);
}

static void ask_about_options(void)
{
    REG(RCC, APB4ENR) |= RCC_APB4ENR_SYSCFGEN;
    (void)REG(RCC, APB4ENR);
    tell("syscfg.ur0 BKS, banks not swapped", 0, REG_AT(SYSCFG_BASE, 0x300u) & 1u);
    tell("syscfg.ur1 BCM4, BCM7", SYSCFG_UR1_BCM4 | SYSCFG_UR1_BCM7, REG(SYSCFG, UR1));
    tell("syscfg.ur2 high half: BCM7_ADD0", 0x0800u, REG(SYSCFG, UR2) >> 16);
    tell("syscfg.ur3 low half: BCM7_ADD1, high half: BCM4_ADD0", 0x08101FF0u, REG(SYSCFG, UR3));
    tell("flash.boot7 ADD1, ADD0", 0x1FF00800u, REG(FLASH, BOOT7_CUR));
    tell("flash.boot4 ADD1, ADD0", 0x10000810u, REG(FLASH, BOOT4_CUR));
    tell("flash.optsr BCM4, BCM7", FLASH_OPTSR_CUR_BCM4 | FLASH_OPTSR_CUR_BCM7,
         REG(FLASH, OPTSR_CUR) & (FLASH_OPTSR_CUR_BCM4 | FLASH_OPTSR_CUR_BCM7));
}

/* Does a write to SYSCFG count while its clock is off? EXTICR1, which nothing here uses. */
static void ask_about_unclocked_syscfg(void)
{
    REG(RCC, APB4ENR) &= ~RCC_APB4ENR_SYSCFGEN;
    (void)REG(RCC, APB4ENR);
    REG_AT(SYSCFG_BASE, 0x08u) = 1u;
    REG(RCC, APB4ENR) |= RCC_APB4ENR_SYSCFGEN;
    (void)REG(RCC, APB4ENR);
    tell("syscfg.write without SYSCFGEN counts", 1, REG_AT(SYSCFG_BASE, 0x08u));
    REG_AT(SYSCFG_BASE, 0x08u) = 0;
}

void ask_about_reset(const struct at_reset *at)
{
    tell("m7.vtor at reset", 0x08000000u, at->vtor);
    /* After a reset with the power on the supply is as it was. */
    const bool warm = (at->cr3 & (PWR_CR3_SDEN | PWR_CR3_LDOEN)) == PWR_CR3_SDEN;
    tell("pwr.csr1 ACTVOSRDY before the supply is written", warm ? PWR_CSR1_ACTVOSRDY : 0,
         at->csr1 & PWR_CSR1_ACTVOSRDY);
    tell("rcc.apb4enr RTCAPBEN", RCC_APB4ENR_RTCAPBEN, REG(RCC, APB4ENR));
    tell("rcc.ahb3enr", 0, REG(RCC, AHB3ENR));
    tell("rcc.gcr", 0, REG(RCC, GCR) & (RCC_GCR_WW1RSC | RCC_GCR_WW2RSC));
    ask_about_clocks();
    ask_about_options();
    ask_about_unclocked_syscfg();
    tell("m7.ccr at reset", 0x00040200u, SCS(0xD14u) & ~0x100u);
    tell("m7.cpacr at reset", 0, SCS(0xD88u) & (0xFu << 20));
    tell("m7.fpccr ASPEN, LSPEN", BIT(31) | BIT(30), SCS(0xF34u) & (BIT(31) | BIT(30)));
    tell("flash.size in KiB", 2048, REG_AT(0x1FF1E880u, 0) & 0xFFFFu);
    tell("dbgmcu.idc device", 0x450u, REG_AT(0x5C001000u, 0) & 0xFFFu);
}
