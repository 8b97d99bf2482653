/* SPDX-License-Identifier: MIT */
/*
 * From the oscillators to every clock of the chip: multiplexers, dividers, kernel clocks, and the
 * limits that voltage and flash set to them (RM0399, RCC clock distribution; FLASH wait states).
 */
#include "emu/chip/rcc.h"

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

static uint64_t kernel_of(const struct rcc *r, uint32_t sel, uint64_t pclk)
{
    switch (sel) {
    case 0:
        return pclk;
    case 1:
        return r->pll_hz[1][1];
    case 2:
        return r->pll_hz[2][1];
    case 3:
        return rcc_osc_hz(r, OSC_HSI);
    case 4:
        return rcc_osc_hz(r, OSC_CSI);
    case 5:
        return rcc_osc_hz(r, OSC_LSE);
    default:
        return 0;
    }
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

/* SPI1 to 3 run on a PLL after reset: without one they stand still. I2S_CKIN is not there. */
static void compute_serial(const struct rcc *r, uint64_t *hz)
{
    uint32_t d2 = r->word[RCC_D2CCIP1R / 4], d3 = r->word[RCC_D3CCIPR / 4];
    const uint64_t hsi = rcc_osc_hz(r, OSC_HSI), csi = rcc_osc_hz(r, OSC_CSI),
                   hse = rcc_osc_hz(r, OSC_HSE);
    const uint64_t per[4] = {hsi, csi, hse, 0};
    const uint64_t pll2q = r->pll_hz[1][1], pll3q = r->pll_hz[2][1], pll3r = r->pll_hz[2][2];
    const uint64_t spi123[8] = {r->pll_hz[0][1], r->pll_hz[1][0], r->pll_hz[2][0], 0,
                                per[rcc_field(r->word[RCC_D1CCIPR / 4], 28, 2)]};
    const uint64_t spi45[8] = {hz[CLK_PCLK2], pll2q, pll3q, hsi, csi, hse};
    const uint64_t spi6[8] = {hz[CLK_PCLK4], pll2q, pll3q, hsi, csi, hse};
    const uint64_t i2c123[4] = {hz[CLK_PCLK1], pll3r, hsi, csi};
    const uint64_t i2c4[4] = {hz[CLK_PCLK4], pll3r, hsi, csi};

    hz[CLK_SPI123] = spi123[rcc_field(d2, 12, 3)];
    hz[CLK_SPI45] = spi45[rcc_field(d2, 16, 3)];
    hz[CLK_SPI6] = spi6[rcc_field(d3, 28, 3)];
    hz[CLK_I2C123] = i2c123[rcc_field(r->word[RCC_D2CCIP2R / 4], 12, 2)];
    hz[CLK_I2C4] = i2c4[rcc_field(d3, 8, 2)];
    const uint64_t lptim1[8] = {hz[CLK_PCLK1], r->pll_hz[1][0], pll3r,
                                hz[CLK_LSE],   hz[CLK_LSI],     spi123[4]};
    const uint64_t lptim4[8] = {hz[CLK_PCLK4], r->pll_hz[1][0], pll3r,
                                hz[CLK_LSE],   hz[CLK_LSI],     spi123[4]};
    const uint64_t adc[4] = {r->pll_hz[1][0], pll3r, spi123[4], 0};
    hz[CLK_ADC] = adc[rcc_field(d3, 16, 2)];
    hz[CLK_LPTIM1] = lptim1[rcc_field(r->word[RCC_D2CCIP2R / 4], 28, 3)];
    hz[CLK_LPTIM2] = lptim4[rcc_field(d3, 10, 3)];
    hz[CLK_LPTIM345] = lptim4[rcc_field(d3, 13, 3)];
}

static void compute_kernels(const struct rcc *r, uint64_t *hz)
{
    uint32_t sel = r->word[RCC_D2CCIP2R / 4];

    hz[CLK_USART23] = kernel_of(r, rcc_field(sel, 0, 3), hz[CLK_PCLK1]);
    hz[CLK_USART1] = kernel_of(r, rcc_field(sel, 3, 3), hz[CLK_PCLK2]);
    hz[CLK_LPUART1] = kernel_of(r, rcc_field(r->word[RCC_D3CCIPR / 4], 0, 3), hz[CLK_PCLK4]);
    const uint64_t rng[4] = {hz[CLK_HSI48], r->pll_hz[0][1], hz[CLK_LSE], hz[CLK_LSI]};
    hz[CLK_RNG] = rng[rcc_field(sel, 8, 2)];
    uint32_t bdcr = r->word[RCC_BDCR / 4], rtcpre = rcc_field(r->word[RCC_CFGR / 4], 8, 6);
    const uint64_t rtc[4] = {0, hz[CLK_LSE], hz[CLK_LSI], rtcpre > 1 ? hz[CLK_HSE] / rtcpre : 0};
    hz[CLK_RTC] = bdcr & BDCR_RTCEN ? rtc[rcc_field(bdcr, 8, 2)] : 0;
    const uint64_t usb[4] = {0, r->pll_hz[0][1], r->pll_hz[2][1], hz[CLK_HSI48]};
    hz[CLK_USB] = usb[rcc_field(sel, 20, 2)];
    const uint64_t can[4] = {hz[CLK_HSE], r->pll_hz[0][1], r->pll_hz[1][1], 0};
    hz[CLK_FDCAN] = can[rcc_field(r->word[RCC_D2CCIP1R / 4], 28, 2)];
    const uint64_t per[4] = {rcc_osc_hz(r, OSC_HSI), rcc_osc_hz(r, OSC_CSI),
                             rcc_osc_hz(r, OSC_HSE)};
    const uint64_t qspi[4] = {hz[CLK_HCLK], r->pll_hz[0][1], r->pll_hz[1][2],
                              per[rcc_field(r->word[RCC_D1CCIPR / 4], 28, 2)]};
    hz[CLK_QSPI] = qspi[rcc_field(r->word[RCC_D1CCIPR / 4], 4, 2)];
    compute_serial(r, hz);
}

void rcc_recompute(struct rcc *r)
{
    uint64_t hz[CLK_COUNT];

    rcc_compute_plls(r);
    hz[CLK_HSI] = rcc_osc_hz(r, OSC_HSI);
    hz[CLK_CSI] = rcc_osc_hz(r, OSC_CSI);
    hz[CLK_HSE] = rcc_osc_hz(r, OSC_HSE);
    hz[CLK_LSI] = rcc_osc_hz(r, OSC_LSI);
    hz[CLK_LSE] = rcc_osc_hz(r, OSC_LSE);
    hz[CLK_HSI48] = rcc_osc_hz(r, OSC_HSI48);
    hz[CLK_SYS] = rcc_sys_hz(r, r->sws);
    compute_buses(r, hz);
    compute_kernels(r, hz);
    bool changed = false, faster = false;
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

bool rcc_kernel_wakes(const struct rcc *r, enum clk which)
{
    const uint32_t sel = r->word[RCC_D2CCIP2R / 4], d3 = r->word[RCC_D3CCIPR / 4];
    const uint32_t source = which == CLK_USART23  ? rcc_field(sel, 0, 3)
                            : which == CLK_USART1 ? rcc_field(sel, 3, 3)
                                                  : rcc_field(d3, 0, 3);

    return source >= 3 && source <= 5; /* as in kernel_of() */
}

uint64_t rcc_hz(const struct rcc *r, enum clk which)
{
    return r->hz[which];
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
        machine_note(r->m, N_RCC_TOO_FAST, 0x58024818,
                     "CPU1 %llu Hz and HCLK %llu Hz exceed the limits of VOS%u (%u and %u MHz). "
                     "Raise the voltage and wait for VOSRDY first",
                     (unsigned long long)r->hz[CLK_CPU1], (unsigned long long)r->hz[CLK_HCLK], vos,
                     cpu_mhz[vos], hclk_mhz[vos]);
    }
}
