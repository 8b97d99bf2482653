/* SPDX-License-Identifier: MIT */
/* Kernel clocks that a model runs on and the doctor follows (RM0399, RCC kernel clocks). */
#include "emu/chip/seam/rcc.h"

/* SPI1 to 3 run on a PLL after reset: without one they stand still. I2S_CKIN is not there. */
const struct kernel_clock
    kernel_spi123 = {CCIP_D2_1, 12, 3, {CLK_PLL1Q, CLK_PLL2P, CLK_PLL3P, CLK_NONE, CLK_PER}},
    kernel_spi45 = {CCIP_D2_1, 16, 3, {CLK_PCLK2, CLK_PLL2Q, CLK_PLL3Q, CLK_HSI, CLK_CSI, CLK_HSE}},
    kernel_spi6 = {CCIP_D3, 28, 3, {CLK_PCLK4, CLK_PLL2Q, CLK_PLL3Q, CLK_HSI, CLK_CSI, CLK_HSE}},
    kernel_i2c123 = {CCIP_D2_2, 12, 2, {CLK_PCLK1, CLK_PLL3R, CLK_HSI, CLK_CSI}},
    kernel_i2c4 = {CCIP_D3, 8, 2, {CLK_PCLK4, CLK_PLL3R, CLK_HSI, CLK_CSI}},
    kernel_lptim1 = {CCIP_D2_2,
                     28,
                     3,
                     {CLK_PCLK1, CLK_PLL2P, CLK_PLL3R, CLK_LSE, CLK_LSI, CLK_PER}},
    kernel_lptim2 = {CCIP_D3, 10, 3, {CLK_PCLK4, CLK_PLL2P, CLK_PLL3R, CLK_LSE, CLK_LSI, CLK_PER}},
    kernel_lptim345 = {CCIP_D3,
                       13,
                       3,
                       {CLK_PCLK4, CLK_PLL2P, CLK_PLL3R, CLK_LSE, CLK_LSI, CLK_PER}},
    kernel_fdcan = {CCIP_D2_1, 28, 2, {CLK_HSE, CLK_PLL1Q, CLK_PLL2Q}},
    kernel_adc = {CCIP_D3, 16, 2, {CLK_PLL2P, CLK_PLL3R, CLK_PER}},
    kernel_rng = {CCIP_D2_2, 8, 2, {CLK_HSI48, CLK_PLL1Q, CLK_LSE, CLK_LSI}},
    kernel_usb = {CCIP_D2_2, 20, 2, {CLK_NONE, CLK_PLL1Q, CLK_PLL3Q, CLK_HSI48}},
    kernel_sdmmc = {CCIP_D1, 16, 1, {CLK_PLL1Q, CLK_PLL2R}},
    kernel_quadspi = {CCIP_D1, 4, 2, {CLK_HCLK, CLK_PLL1Q, CLK_PLL2R, CLK_PER}};
