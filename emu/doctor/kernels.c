/* SPDX-License-Identifier: MIT */
/*
 * Blocks that count on a kernel clock, and the register in which their user sets them up for its
 * rate: a divider, a timing, or the switch that starts them (RM0399, RCC kernel clocks). USARTs are
 * known by their baud rate.
 */
#include "emu/chip/chip.h"
#include "emu/doctor/doctor.h"

#include <string.h>

static const struct kernel {
    const char *name;
    const struct kernel_clock *clock;
    uint16_t set_up; /* offset of the register */
} kernels[KERNELS] = {
    {"SPI1", &kernel_spi123, 0x08},     {"SPI2", &kernel_spi123, 0x08},
    {"SPI3", &kernel_spi123, 0x08},     {"SPI4", &kernel_spi45, 0x08},
    {"SPI5", &kernel_spi45, 0x08},      {"SPI6", &kernel_spi6, 0x08},
    {"I2C1", &kernel_i2c123, 0x10},     {"I2C2", &kernel_i2c123, 0x10},
    {"I2C3", &kernel_i2c123, 0x10},     {"I2C4", &kernel_i2c4, 0x10},
    {"LPTIM1", &kernel_lptim1, 0x0C},   {"LPTIM2", &kernel_lptim2, 0x0C},
    {"LPTIM3", &kernel_lptim345, 0x0C}, {"LPTIM4", &kernel_lptim345, 0x0C},
    {"LPTIM5", &kernel_lptim345, 0x0C}, {"FDCAN1", &kernel_fdcan, 0x1C},
    {"FDCAN2", &kernel_fdcan, 0x1C},    {"ADC1/2", &kernel_adc, 0x308},
    {"ADC3", &kernel_adc, 0x308},       {"RNG", &kernel_rng, 0x00},
    {"OTG_FS", &kernel_usb, 0x0C},      {"OTG_HS", &kernel_usb, 0x0C},
    {"SDMMC1", &kernel_sdmmc, 0x04},    {"SDMMC2", &kernel_sdmmc, 0x04},
    {"QUADSPI", &kernel_quadspi, 0x00},
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
    const struct dev *dev = kernels[k].clock == &kernel_adc ? dev_of(d, k) : NULL;

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
