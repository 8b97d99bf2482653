/* SPDX-License-Identifier: MIT */
/*
 * The jump contract on a chip (docs/jump.md): an application that the bootloaders have started
 * compares what it finds with the state after a reset. The M7 tells, for both cores; nothing else
 * has been written before, but VTOR by start.c.
 */
#include "selftest/jump.h"

#define GPIOC_MODER 0x58020800u
#define GPIOD_MODER 0x58020C00u
#define R29         (HSEM_R0 + 4u * 29u)

/* RM0399, reset values; RCC shows the enables of the core that reads. */
static const struct entry of_the_chip[] = {
    {"rcc.cr HSI alone", RCC_BASE + RCC_CR, 0x3F010085u, 0x00000005u},
    {"rcc.cfgr", RCC_BASE + RCC_CFGR, ~0u, 0},
    {"rcc.d1cfgr", RCC_BASE + 0x18u, ~0u, 0},
    {"rcc.d2cfgr", RCC_BASE + 0x1Cu, ~0u, 0},
    {"rcc.d3cfgr", RCC_BASE + 0x20u, ~0u, 0},
    {"rcc.pllckselr", RCC_BASE + RCC_PLLCKSELR, ~0u, 0x02020200u},
    {"rcc.pllcfgr", RCC_BASE + RCC_PLLCFGR, ~0u, 0x01FF0000u},
    {"rcc.pll1divr", RCC_BASE + RCC_PLL1DIVR, ~0u, 0x01010280u},
    {"rcc.d1ccipr", RCC_BASE + 0x4Cu, ~0u, 0},
    {"rcc.d2ccip1r", RCC_BASE + 0x50u, ~0u, 0},
    {"rcc.d2ccip2r", RCC_BASE + 0x54u, ~0u, 0},
    {"rcc.d3ccipr", RCC_BASE + 0x58u, ~0u, 0},
    {"rcc.cier", RCC_BASE + 0x60u, ~0u, 0},
    {"rcc.ahb3enr", RCC_BASE + RCC_AHB3ENR, ~0u, 0},
    {"rcc.ahb1enr", RCC_BASE + 0xD8u, ~0u, 0},
    {"rcc.ahb2enr", RCC_BASE + 0xDCu, ~0u, 0},
    {"rcc.ahb4enr", RCC_BASE + RCC_AHB4ENR, ~0u, 0},
    {"rcc.apb3enr", RCC_BASE + 0xE4u, ~0u, 0},
    {"rcc.apb1lenr", RCC_BASE + RCC_APB1LENR, ~0u, 0},
    {"rcc.apb2enr", RCC_BASE + 0xF0u, ~0u, 0},
    {"rcc.apb4enr", RCC_BASE + RCC_APB4ENR, ~0u, RCC_APB4ENR_RTCAPBEN},
    {"flash.acr", FLASH_BASE + FLASH_ACR, ~0u, 0x37u},
    {"flash.cr1", FLASH_BASE + FLASH_CR1, ~0u, 0x31u},
    {"flash.cr2", FLASH_BASE + FLASH_CR2, ~0u, 0x31u},
    {"flash.sr1", FLASH_BASE + FLASH_SR1, ~0u, 0},
    {"flash.sr2", FLASH_BASE + FLASH_SR2, ~0u, 0},
    {"flash.optcr OPTLOCK, OPTSTART", FLASH_BASE + FLASH_OPTCR, 3u, 1u},
    {"pwr.cr1", PWR_BASE + PWR_CR1, ~0u, 0xF000C000u},
    {"pwr.d3cr VOS", PWR_BASE + 0x18u, 3u << 14, 1u << 14},
    {"exti.c1imr1", 0x58000080u, ~0u, 0xFFC00000u},
    {"exti.c1emr1", 0x58000084u, ~0u, 0},
};

/* Readable only with their clocks on, which the rest must be compared without. */
static void compare_clocked(void)
{
    static const struct entry clocked[] = {
        {"gpioc.moder", GPIOC_MODER, ~0u, 0xFFFFFFFFu},
        {"gpiod.moder", GPIOD_MODER, ~0u, 0xFFFFFFFFu},
        {"usart3.cr1", USART3_BASE + USART_CR1, ~0u, 0},
        {"usart3.brr", USART3_BASE + USART_BRR, ~0u, 0},
        {"hsem.r29", HSEM_BASE + R29, HSEM_R0_LOCK, 0},
    };

    REG(RCC, AHB4ENR) |= 1u << 2 | RCC_AHB4ENR_GPIODEN | RCC_AHB4ENR_HSEMEN;
    REG(RCC, APB1LENR) |= RCC_APB1LENR_USART3EN;
    (void)REG(RCC, APB1LENR);
    for (unsigned i = 0; i < sizeof(clocked) / sizeof(clocked[0]); i++) {
        seen_at(&clocked[i]);
    }
}

static struct seen {
    const struct entry *entry;
    uint32_t value;
} seen[64];
static unsigned seen_count;

void seen_at(const struct entry *entry)
{
    if (seen_count < sizeof(seen) / sizeof(seen[0])) {
        seen[seen_count++] = (struct seen){entry, REG_AT(entry->address, 0) & entry->mask};
    }
}

static void tell_seen(void)
{
    for (unsigned i = 0; i < seen_count; i++) {
        print("jump.");
        tell(seen[i].entry->name, seen[i].entry->expected, seen[i].value);
    }
}

/* The M4 has nobody to tell: it leaves what it has found in SRAM4. */
static void tell_about_m4(void)
{
    for (uint32_t turns = 0; SHARED->magic != SHARED_MAGIC && turns < 10000000u; turns++) {
    }
    tell("jump.m4 has been started, too", SHARED_MAGIC, SHARED->magic);
    tell("jump.m4.vtor", JUMP_M4_BASE, SHARED->answer);
    tell("jump.m4 registers that differ", 0, SHARED->counter);
    tell("jump.m4 address of the first that differs", 0, SHARED->watched);
    tell("jump.m4 masks and CONTROL", 0, SHARED->done);
}

void start(uint32_t vtor, uint32_t csr1, uint32_t cr3)
{
    const uint32_t masks = masks_and_control();

    for (unsigned i = 0; i < sizeof(of_the_chip) / sizeof(of_the_chip[0]); i++) {
        seen_at(&of_the_chip[i]);
    }
    for (unsigned i = 0; i < core_entries; i++) {
        seen_at(&of_the_core[i]);
    }
    compare_clocked();
    SHARED->asked = SHARED->differ = 0;
    line_start();
    print("\r\nselftest: begins, started by the bootloaders\r\n");
    tell("jump.m7.vtor", JUMP_M7_BASE, vtor);
    tell("jump.m7 masks and CONTROL", 0, masks);
    tell("jump.pwr.csr1 ACTVOSRDY", PWR_CSR1_ACTVOSRDY, csr1 & PWR_CSR1_ACTVOSRDY);
    tell("jump.pwr.cr3 the supply of the board", PWR_CR3_SDEN,
         cr3 & (PWR_CR3_SDEN | PWR_CR3_LDOEN));
    tell_seen();
    tell_about_m4();
    print_sum();
    for (;;) {
        __asm volatile("wfi");
    }
}
