/* SPDX-License-Identifier: MIT */
#include "port/stm32h7/clock.h"

#include "chip/stm32h7/regs.h"

#define SW_HSI  0u
#define SW_PLL1 3u
#define VOS3    1u
#define VOS1    3u

/* Register values after reset (RM0399 ch. 7 and 9). */
#define RESET_PLLCKSELR 0x02020200u
#define RESET_PLLCFGR   0x01FF0000u
#define RESET_PLL1DIVR  0x01010280u

/* PLL lock and voltage take some 100 us; this is milliseconds at 64 MHz. */
#define WAIT_LIMIT 500000u

static bool wait_for(const volatile uint32_t *reg, uint32_t mask, uint32_t value)
{
    for (uint32_t i = 0; i < WAIT_LIMIT; i++) {
        if ((*reg & mask) == value) {
            return true;
        }
    }
    return false;
}

static bool set_voltage(uint32_t vos)
{
    REG(PWR, D3CR) = FIELD(PWR_D3CR_VOS, vos);
    return wait_for(&REG(PWR, D3CR), PWR_D3CR_VOSRDY, PWR_D3CR_VOSRDY);
}

/* HSI / 4 = 16 MHz, * 50 = 800 MHz in the wide VCO, / 2 = 400 MHz. */
static void set_pll(void)
{
    REG(RCC, PLLCKSELR) = FIELD(RCC_PLLCKSELR_PLLSRC, 0u) | FIELD(RCC_PLLCKSELR_DIVM1, 4u);
    REG(RCC, PLLCFGR) = FIELD(RCC_PLLCFGR_PLL1RGE, 3u) | RCC_PLLCFGR_DIVP1EN;
    REG(RCC, PLL1DIVR) = FIELD(RCC_PLL1DIVR_DIVN1, 50u - 1u) | FIELD(RCC_PLL1DIVR_DIVP1, 2u - 1u) |
                         FIELD(RCC_PLL1DIVR_DIVQ1, 2u - 1u) | FIELD(RCC_PLL1DIVR_DIVR1, 2u - 1u);
    REG(RCC, CR) |= RCC_CR_PLL1ON;
}

/* Before the core speeds up, so that no bus is ever too fast: AXI/AHB / 2, every APB / 2 more. */
static void set_prescalers(void)
{
    REG(RCC, D1CFGR) = FIELD(RCC_D1CFGR_HPRE, 8u) | FIELD(RCC_D1CFGR_D1PPRE, 4u);
    REG(RCC, D2CFGR) = FIELD(RCC_D2CFGR_D2PPRE1, 4u) | FIELD(RCC_D2CFGR_D2PPRE2, 4u);
    REG(RCC, D3CFGR) = FIELD(RCC_D3CFGR_D3PPRE, 4u);
    (void)REG(RCC, D3CFGR);
}

static bool switch_to(uint32_t source)
{
    REG(RCC, CFGR) = FIELD(RCC_CFGR_SW, source);
    return wait_for(&REG(RCC, CFGR), RCC_CFGR_SWS, FIELD(RCC_CFGR_SWS, source));
}

bool clock_fast(void)
{
    if (set_voltage(VOS1)) {
        set_pll();
        if (wait_for(&REG(RCC, CR), RCC_CR_PLL1RDY, RCC_CR_PLL1RDY)) {
            set_prescalers();
            if (switch_to(SW_PLL1)) {
                return true;
            }
        }
    }
    clock_reset();
    return false;
}

void clock_reset(void)
{
    (void)switch_to(SW_HSI);
    REG(RCC, D1CFGR) = 0;
    REG(RCC, D2CFGR) = 0;
    REG(RCC, D3CFGR) = 0;
    REG(RCC, CR) &= ~RCC_CR_PLL1ON; /* the dividers are locked while it runs */
    (void)wait_for(&REG(RCC, CR), RCC_CR_PLL1RDY, 0);
    REG(RCC, PLLCKSELR) = RESET_PLLCKSELR;
    REG(RCC, PLLCFGR) = RESET_PLLCFGR;
    REG(RCC, PLL1DIVR) = RESET_PLL1DIVR;
    (void)set_voltage(VOS3); /* last: the voltage must suffice for the clock at any moment */
    /* A reset may leave the supply of USB on, recovery's or the application's. Only this byte: the
     * low one can be written once. */
    if (REG8_AT(PWR_BASE, PWR_CR3 + 3u) != 0) {
        REG8_AT(PWR_BASE, PWR_CR3 + 3u) = 0;
    }
}
