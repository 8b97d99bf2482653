/* SPDX-License-Identifier: MIT */
/*
 * Blocks that count on a kernel clock, and the register in which their user sets them up for its
 * rate: a divider, a timing, or the switch that starts them (RM0399, RCC kernel clocks). USARTs are
 * known by their baud rate.
 */
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#include <string.h>

static const struct kernel_clock
    spi123 = {CCIP_D2_1, 12, 3, {CLK_PLL1Q, CLK_PLL2P, CLK_PLL3P, CLK_NONE, CLK_PER}},
    spi45 = {CCIP_D2_1, 16, 3, {CLK_PCLK2, CLK_PLL2Q, CLK_PLL3Q, CLK_HSI, CLK_CSI, CLK_HSE}},
    spi6 = {CCIP_D3, 28, 3, {CLK_PCLK4, CLK_PLL2Q, CLK_PLL3Q, CLK_HSI, CLK_CSI, CLK_HSE}},
    i2c123 = {CCIP_D2_2, 12, 2, {CLK_PCLK1, CLK_PLL3R, CLK_HSI, CLK_CSI}},
    i2c4 = {CCIP_D3, 8, 2, {CLK_PCLK4, CLK_PLL3R, CLK_HSI, CLK_CSI}},
    lptim1 = {CCIP_D2_2, 28, 3, {CLK_PCLK1, CLK_PLL2P, CLK_PLL3R, CLK_LSE, CLK_LSI, CLK_PER}},
    lptim2 = {CCIP_D3, 10, 3, {CLK_PCLK4, CLK_PLL2P, CLK_PLL3R, CLK_LSE, CLK_LSI, CLK_PER}},
    lptim345 = {CCIP_D3, 13, 3, {CLK_PCLK4, CLK_PLL2P, CLK_PLL3R, CLK_LSE, CLK_LSI, CLK_PER}},
    fdcan = {CCIP_D2_1, 28, 2, {CLK_HSE, CLK_PLL1Q, CLK_PLL2Q}},
    adc = {CCIP_D3, 16, 2, {CLK_PLL2P, CLK_PLL3R, CLK_PER}},
    rng = {CCIP_D2_2, 8, 2, {CLK_HSI48, CLK_PLL1Q, CLK_LSE, CLK_LSI}},
    usb = {CCIP_D2_2, 20, 2, {CLK_NONE, CLK_PLL1Q, CLK_PLL3Q, CLK_HSI48}},
    sdmmc = {CCIP_D1, 16, 1, {CLK_PLL1Q, CLK_PLL2R}},
    quadspi = {CCIP_D1, 4, 2, {CLK_HCLK, CLK_PLL1Q, CLK_PLL2R, CLK_PER}};

static const struct kernel {
    const char *name;
    const struct kernel_clock *clock;
    uint16_t set_up; /* offset of the register */
} kernels[KERNELS] = {
    {"SPI1", &spi123, 0x08},     {"SPI2", &spi123, 0x08},     {"SPI3", &spi123, 0x08},
    {"SPI4", &spi45, 0x08},      {"SPI5", &spi45, 0x08},      {"SPI6", &spi6, 0x08},
    {"I2C1", &i2c123, 0x10},     {"I2C2", &i2c123, 0x10},     {"I2C3", &i2c123, 0x10},
    {"I2C4", &i2c4, 0x10},       {"LPTIM1", &lptim1, 0x0C},   {"LPTIM2", &lptim2, 0x0C},
    {"LPTIM3", &lptim345, 0x0C}, {"LPTIM4", &lptim345, 0x0C}, {"LPTIM5", &lptim345, 0x0C},
    {"FDCAN1", &fdcan, 0x1C},    {"FDCAN2", &fdcan, 0x1C},    {"ADC1/2", &adc, 0x308},
    {"ADC3", &adc, 0x308},       {"RNG", &rng, 0x00},         {"OTG_FS", &usb, 0x0C},
    {"OTG_HS", &usb, 0x0C},      {"SDMMC1", &sdmmc, 0x04},    {"SDMMC2", &sdmmc, 0x04},
    {"QUADSPI", &quadspi, 0x00},
};

int kernels_set_up(const struct dev *dev, uint32_t off)
{
    for (unsigned k = 0; k < KERNELS; k++) {
        if ((off & ~3u) == kernels[k].set_up && strcmp(dev->name, kernels[k].name) == 0) {
            return (int)k;
        }
    }
    return -1;
}

static const struct dev *dev_of(const struct doctor *d, unsigned k)
{
    const struct bus *b = &d->board.m->bus;
    const struct dev *found = NULL;

    for (unsigned i = 0; i < b->ndevs; i++) {
        found = strcmp(b->devs[i].name, kernels[k].name) == 0 ? &b->devs[i] : found;
    }
    return found;
}

/* An ADC may run on the clock of its bus instead (ADC_CCR.CKMODE). */
static bool on_bus_clock(const struct doctor *d, unsigned k)
{
    const struct dev *dev = kernels[k].clock == &adc ? dev_of(d, k) : NULL;

    return dev && doctor_peek(d, CM7, dev->base + kernels[k].set_up) & 3u << 16;
}

uint64_t kernels_hz(const struct doctor *d, unsigned k)
{
    if (on_bus_clock(d, k)) {
        return 0;
    }
    return rcc_kernel_hz(d->board.m->rcc, kernels[k].clock);
}

bool kernels_used(const struct doctor *d, unsigned k, int core)
{
    const struct dev *dev = dev_of(d, k);

    return dev && rcc_gate_by(d->board.m->rcc, dev->gate, (enum core_id)core);
}

const char *kernels_name(unsigned k)
{
    return kernels[k].name;
}
