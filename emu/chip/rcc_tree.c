/* SPDX-License-Identifier: MIT */
/*
 * From the oscillators to every clock of the chip: multiplexers, dividers, kernel clocks, and the
 * limits that voltage and flash set to them (RM0399, RCC clock distribution; FLASH wait states).
 */
#include "chip/stm32h7/regs.h"
#include "emu/chip/rcc.h"

#include <string.h>

void rcc_tell(struct rcc *r)
{
    for (unsigned i = 0; i < r->listeners; i++) {
        r->listener[i].fn(r->listener[i].arg);
    }
}

static unsigned core_div(uint32_t code) /* D1CPRE, HPRE */
{
    static const uint16_t div[8] = {2, 4, 8, 16, 64, 128, 256, 512};

    return code & 8 ? div[code & 7] : 1;
}

static unsigned apb_div(uint32_t code)
{
    return code & 4 ? 2u << (code & 3) : 1;
}

/* Kernel clock of the APB timers: RM0399, CFGR.TIMPRE. */
static uint64_t timer_hz(const struct rcc *r, uint64_t hclk, unsigned div)
{
    unsigned times = rcc_field(r->word[RCC_CFGR / 4], 15, 1) ? 4 : 2;

    return div <= times ? hclk : hclk / div * times;
}

static void compute_buses(const struct rcc *r, uint64_t *hz)
{
    uint32_t d1 = r->word[RCC_D1CFGR / 4], d2 = r->word[RCC_D2CFGR / 4];
    unsigned p1 = apb_div(rcc_field(d2, 4, 3)), p2 = apb_div(rcc_field(d2, 8, 3));

    hz[CLK_CPU1] = hz[CLK_SYS] / core_div(rcc_field(d1, 8, 4));
    hz[CLK_HCLK] = hz[CLK_CPU1] / core_div(rcc_field(d1, 0, 4));
    hz[CLK_CPU2] = hz[CLK_HCLK];
    hz[CLK_PCLK1] = hz[CLK_HCLK] / p1;
    hz[CLK_PCLK2] = hz[CLK_HCLK] / p2;
    hz[CLK_PCLK3] = hz[CLK_HCLK] / apb_div(rcc_field(d1, 4, 3));
    hz[CLK_PCLK4] = hz[CLK_HCLK] / apb_div(rcc_field(r->word[RCC_D3CFGR / 4], 4, 3));
    hz[CLK_TIM_APB1] = timer_hz(r, hz[CLK_HCLK], p1);
    hz[CLK_TIM_APB2] = timer_hz(r, hz[CLK_HCLK], p2);
}

/* What kernel clocks are chosen from, besides the oscillators and buses. */
static void compute_sources(const struct rcc *r, uint64_t *hz)
{
    const uint64_t per[4] = {hz[CLK_HSI], hz[CLK_CSI], hz[CLK_HSE], 0};

    hz[CLK_PLL1Q] = r->pll_hz[0][1];
    hz[CLK_PLL2P] = r->pll_hz[1][0];
    hz[CLK_PLL2Q] = r->pll_hz[1][1];
    hz[CLK_PLL2R] = r->pll_hz[1][2];
    hz[CLK_PLL3P] = r->pll_hz[2][0];
    hz[CLK_PLL3Q] = r->pll_hz[2][1];
    hz[CLK_PLL3R] = r->pll_hz[2][2];
    hz[CLK_PER] = per[rcc_field(r->word[CCIP_D1 / 4], 28, 2)];
    uint32_t bdcr = r->word[RCC_BDCR / 4], rtcpre = rcc_field(r->word[RCC_CFGR / 4], 8, 6);
    const uint64_t rtc[4] = {0, hz[CLK_LSE], hz[CLK_LSI], rtcpre > 1 ? hz[CLK_HSE] / rtcpre : 0};
    hz[CLK_RTC] = bdcr & BDCR_RTCEN ? rtc[rcc_field(bdcr, 8, 2)] : 0;
}

/* Another choice of kernel clocks, however fast they are. */
static bool choice_changed(struct rcc *r)
{
    const uint32_t *now = rcc_word(r, CCIP_D1);
    bool changed = memcmp(r->selected, now, sizeof(r->selected)) != 0;

    memcpy(r->selected, now, sizeof(r->selected));
    return changed;
}

void rcc_recompute(struct rcc *r)
{
    uint64_t hz[CLK_COUNT];

    hz[CLK_NONE] = 0;
    rcc_compute_plls(r);
    hz[CLK_HSI] = rcc_osc_hz(r, OSC_HSI);
    hz[CLK_CSI] = rcc_osc_hz(r, OSC_CSI);
    hz[CLK_HSE] = rcc_osc_hz(r, OSC_HSE);
    hz[CLK_LSI] = rcc_osc_hz(r, OSC_LSI);
    hz[CLK_LSE] = rcc_osc_hz(r, OSC_LSE);
    hz[CLK_HSI48] = rcc_osc_hz(r, OSC_HSI48);
    hz[CLK_SYS] = rcc_sys_hz(r, r->sws);
    compute_buses(r, hz);
    compute_sources(r, hz);
    bool changed = choice_changed(r), faster = false;
    for (unsigned i = 0; i < CLK_COUNT; i++) {
        changed |= hz[i] != r->hz[i];
        faster |= i <= CLK_HCLK && hz[i] > r->hz[i];
        r->hz[i] = hz[i];
    }
    if (!changed) {
        return;
    }
    machine_clocks_changed(r->m);
    rcc_tell(r);
    if (faster) {
        rcc_check_limits(r);
    }
}

uint64_t rcc_hz(const struct rcc *r, enum clk which)
{
    return r->hz[which];
}

/* The numbers that other models use without regs.h. */
_Static_assert(CCIP_D1 == RCC_D1CCIPR && CCIP_D2_1 == RCC_D2CCIP1R && CCIP_D2_2 == RCC_D2CCIP2R &&
                   CCIP_D3 == RCC_D3CCIPR,
               "kernel clock registers");

static enum clk chosen(const struct rcc *r, const struct kernel_clock *k)
{
    return k->from[rcc_field(r->word[k->reg / 4], k->lo, k->bits)];
}

uint64_t rcc_kernel_hz(const struct rcc *r, const struct kernel_clock *k)
{
    return r->hz[chosen(r, k)];
}

bool rcc_kernel_wakes(const struct rcc *r, const struct kernel_clock *k)
{
    const enum clk from = chosen(r, k);

    return from == CLK_HSI || from == CLK_CSI || from == CLK_LSE || from == CLK_LSI;
}

/* ---- limits of the voltage ---- */

void rcc_check_limits(struct rcc *r)
{
    static const uint16_t cpu_mhz[4] = {480, 400, 300, 200}, hclk_mhz[4] = {240, 200, 150, 100};

    if (!r->m->pwr) {
        return;
    }
    unsigned vos = pwr_vos(r->m->pwr);
    if (r->hz[CLK_CPU1] > cpu_mhz[vos] * 1000000ull ||
        r->hz[CLK_HCLK] > hclk_mhz[vos] * 1000000ull) {
        machine_note(r->m, N_RCC_TOO_FAST, ADDR(PWR, D3CR),
                     "CPU1 %llu Hz and HCLK %llu Hz exceed the limits of VOS%u (%u and %u MHz). "
                     "Raise the voltage and wait for VOSRDY first",
                     (unsigned long long)r->hz[CLK_CPU1], (unsigned long long)r->hz[CLK_HCLK], vos,
                     cpu_mhz[vos], hclk_mhz[vos]);
    }
}
