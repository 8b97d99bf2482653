/* SPDX-License-Identifier: MIT */
#include "chip.h"

#define FPU_FULL_ACCESS (0xFu << 20)

static void modify(volatile uint32_t *reg, uint32_t mask, uint32_t value)
{
    *reg = (*reg & ~mask) | value;
}

/* ---- right after reset ---- */

#ifdef DUO_M7
static void clocks_to_reset_state(void)
{
    if ((FLASH(0) & 0xF) < 7) {
        modify(&FLASH(0), 0xF, 7);
    }
    RCC(CR) |= BIT(0);
    RCC(CFGR) = 0;
    RCC(CR) &= 0xEAF6ED7F; /* HSE, CSI, HSI48, CSS, PLLs off */
    RCC(D1CFGR) = 0;
    RCC(D2CFGR) = 0;
    RCC(D3CFGR) = 0;
    RCC(PLLCKSELR) = 0x02020200;
    RCC(PLLCFGR) = 0x01FF0000;
    for (uint32_t off = PLL1DIVR; off < 0x48; off += 8) {
        RCC(off) = 0x01010280;
        RCC(off + 4) = 0;
    }
    RCC(CR) &= ~BIT(18);
    RCC(CIER) = 0;
}

static void system_init_of_core(void)
{
    clocks_to_reset_state();
    EXTI(0xE4) |= BIT(14); /* C2EMR3: an HSEM release is an event for the CM4 */
    if ((DBGMCU_IDC & 0xFFFF0000) < 0x20000000) {
        REG(0x51008108) = 1; /* old silicon: AXI issuing capability */
    }
    RCC(AHB3ENR) |= BIT(12);
    (void)RCC(AHB3ENR);
    REG(0x52004000) = 0x000030D2; /* FMC bank 1 off */
    RCC(AHB3ENR) &= ~BIT(12);
}
#else
static void system_init_of_core(void)
{
}
#endif

void system_init(void)
{
    SCB(0xD88) |= FPU_FULL_ACCESS;
    SCB(0xD10) |= BIT(4); /* SEVONPEND */
    system_init_of_core();
}

/* ---- tick ---- */

static uint32_t divided(uint32_t hz, uint32_t code)
{
    static const uint8_t shift[16] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 6, 7, 8, 9};

    return hz >> shift[code & 0xF];
}

static uint32_t pll1_hz(void)
{
    uint32_t src = RCC(PLLCKSELR) & 3, m = RCC(PLLCKSELR) >> 4 & 0x3F;
    uint32_t hz = src == 2 ? 8000000 : src == 1 ? 4000000 : 64000000;
    uint32_t divr = RCC(PLL1DIVR);

    return (uint32_t)((uint64_t)hz * ((divr & 0x1FF) + 1) / m / ((divr >> 9 & 0x7F) + 1));
}

uint32_t cpu_hz(void)
{
    static const uint32_t fixed[3] = {64000000, 4000000, 8000000};
    uint32_t sws = RCC(CFGR) >> 3 & 7;
    uint32_t hz = divided(sws == 3 ? pll1_hz() : fixed[sws], RCC(D1CFGR) >> 8);
#ifdef DUO_M7
    return hz;
#else
    return divided(hz, RCC(D1CFGR));
#endif
}

static void tick_init(void)
{
    SCB(0x014) = cpu_hz() / 1000 - 1;
    SCB(0xD20) |= 0xF0000000; /* lowest priority */
    SCB(0x018) = 0;
    SCB(0x010) = 7;
}

void hal_init(void)
{
    SCB(0xD0C) = 0x05FA0300; /* four bits of preemption priority */
#ifndef DUO_M7
    RCC(AHB1ENR) |= BIT(14);
    (void)RCC(AHB1ENR);
    modify(&ART(0), 0xFFF00, 0x08100000u >> 12);
    ART(0) |= 1;
#endif
    tick_init();
    RCC(APB4ENR) |= BIT(1); /* SYSCFG */
}

bool wait_bits(volatile uint32_t *reg, uint32_t mask, uint32_t value, uint32_t timeout_ms)
{
    uint32_t from = ticks;

    while ((*reg & mask) != value) {
        if (ticks - from > timeout_ms) {
            return false;
        }
    }
    return true;
}

/* ---- power ---- */

bool supply_smps(void)
{
    uint32_t now = PWR(PWR_CR3) & 7;

    if (now != 6) { /* configured before: it must be the same */
        return now == 4;
    }
    modify(&PWR(PWR_CR3), 7, 4);
    return wait_bits(&PWR(PWR_CSR1), BIT(13), BIT(13), 1000);
}

bool voltage_scale(unsigned vos)
{
    modify(&PWR(PWR_D3CR), 0xC000, 0xC000);
    if (!wait_bits(&PWR(PWR_D3CR), BIT(13), BIT(13), 1000)) {
        return false;
    }
    modify(&SYSCFG(0x2C), 1, vos == 0);
    return wait_bits(&PWR(PWR_D3CR), BIT(13), BIT(13), 1000);
}

/* ---- clocks ---- */

bool hse_bypass_on(void)
{
    RCC(CR) |= BIT(18);
    RCC(CR) |= BIT(16);
    return wait_bits(&RCC(CR), BIT(17), BIT(17), 100);
}

bool pll1_from_hse(uint32_t m, uint32_t n)
{
    RCC(CR) &= ~BIT(24);
    if (!wait_bits(&RCC(CR), BIT(25), 0, 2)) {
        return false;
    }
    modify(&RCC(PLLCKSELR), 0x3F3, m << 4 | 2);
    RCC(PLL1DIVR) = (n - 1) | 1 << 9 | 3 << 16 | 1 << 24;
    RCC(PLLCFGR) &= ~1u;
    RCC(PLL1FRACR) = 0;
    modify(&RCC(PLLCFGR), 0xE, 1 << 2); /* 2 to 4 MHz, wide VCO */
    RCC(PLLCFGR) |= 7u << 16;
    RCC(PLLCFGR) |= 1;
    RCC(CR) |= BIT(24);
    return wait_bits(&RCC(CR), BIT(25), BIT(25), 2);
}

bool switch_to_pll(uint32_t latency)
{
    if ((FLASH(0) & 0xF) < latency) {
        modify(&FLASH(0), 0xF, latency);
    }
    modify(&RCC(D1CFGR), 0x70, 4 << 4);
    modify(&RCC(D2CFGR), 0x770, 4 << 4 | 4 << 8);
    modify(&RCC(D3CFGR), 0x70, 4 << 4);
    modify(&RCC(D1CFGR), 0xF0F, 8);
    modify(&RCC(CFGR), 7, 3);
    if (!wait_bits(&RCC(CFGR), 7 << 3, 3 << 3, 5000)) {
        return false;
    }
    modify(&FLASH(0), 0xF, latency);
    if ((FLASH(0) & 0xF) != latency) {
        return false;
    }
    tick_init();
    return true;
}

/* ---- core ---- */

void irq_enable(unsigned n)
{
    SCB(0x100 + n / 32 * 4) = BIT(n % 32);
}

void system_reset(void)
{
    dsb();
    SCB(0xD0C) = 0x05FA0004 | (SCB(0xD0C) & 0x700);
    dsb();
    for (;;) {
    }
}
