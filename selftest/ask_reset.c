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

/* The table is 1 KiB away from anything else that could be one; no interrupt is on. */
static void ask_about_vtor_bits(void)
{
    const uint32_t vtor = SCS(0xD08u);

    SCS(0xD08u) = vtor | 3u << 7;
    tell("m7.vtor bits 8:7 can be written", 3u << 7, SCS(0xD08u) & 3u << 7);
    SCS(0xD08u) = vtor;
}

/* From HSI by 32, times 129: as the registers are after a reset. */
static void ask_about_running_pll(void)
{
    const uint32_t cfgr = REG(RCC, PLLCFGR);

    REG(RCC, CR) |= 1u << 24; /* PLL1ON */
    for (uint32_t turns = 0; !(REG(RCC, CR) & 1u << 25) && turns < 1000000u; turns++) {
    }
    REG(RCC, PLLCFGR) = cfgr & ~(1u << 17);
    tell("rcc.pll1 DIVQ1EN cannot be cleared while it runs", 1u << 17,
         REG(RCC, PLLCFGR) & 1u << 17);
    REG(RCC, CR) &= ~(1u << 24);
    while (REG(RCC, CR) & 1u << 25) {
    }
    REG(RCC, PLLCFGR) = cfgr;
}

/* USART2, which nothing here uses. */
static void ask_about_acknowledge(void)
{
    const uint32_t both = USART_ISR_TEACK | 1u << 22; /* and REACK */

    REG(RCC, APB1LENR) |= 1u << 17;
    (void)REG(RCC, APB1LENR);
    REG_AT(USART2_BASE, USART_BRR) = 64000000u / 115200u;
    REG_AT(USART2_BASE, USART_CR1) = USART_CR1_TE | USART_CR1_RE | USART_CR1_UE;
    tell("usart.TEACK, REACK in the first read after UE", both,
         REG_AT(USART2_BASE, USART_ISR) & both);
    REG_AT(USART2_BASE, USART_CR1) = 0;
    REG(RCC, APB1LENR) &= ~(1u << 17);
}

/* OTG_FS: what core it is (GSNPSID). */
static void ask_about_usb(void)
{
    REG_AT(RCC_BASE, 0xD8u) |= 1u << 27;
    (void)REG_AT(RCC_BASE, 0xD8u);
    tell("usb2.gsnpsid", 0x4F54330Au, REG_AT(0x40080040u, 0));
    REG_AT(RCC_BASE, 0xD8u) &= ~(1u << 27);
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
    ask_about_vtor_bits();
    ask_about_running_pll();
    ask_about_acknowledge();
    ask_about_usb();
    tell("m7.ccr at reset", 0x00040200u, SCS(0xD14u) & ~0x100u);
    tell("m7.cpacr at reset", 0, SCS(0xD88u) & (0xFu << 20));
    tell("m7.fpccr ASPEN, LSPEN", BIT(31) | BIT(30), SCS(0xF34u) & (BIT(31) | BIT(30)));
    tell("flash.size in KiB", 2048, REG_AT(0x1FF1E880u, 0) & 0xFFFFu);
    tell("dbgmcu.idc device", 0x450u, REG_AT(0x5C001000u, 0) & 0xFFFu);
}
