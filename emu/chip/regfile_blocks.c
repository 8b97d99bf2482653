/* SPDX-License-Identifier: MIT */
/* The register-file peripherals of the chip, and what is special about their registers. */
#include "chip/stm32h7/blocks.h"
#include "emu/chip/regfile.h"

/* SPI, SAI and other kinds are the same on every bus. */
const struct rf_block rf_blocks[] = {
    {"LPTIM1", LPTIM1_BASE, 0x400, GATE(G_APB1L, 9), RF_LPTIM1},
    {"SPI2", SPI2_BASE, 0x400, GATE(G_APB1L, 14), RF_SPI},
    {"SPI3", SPI3_BASE, 0x400, GATE(G_APB1L, 15), RF_SPI},
    {"SPDIFRX", SPDIFRX_BASE, 0x400, GATE(G_APB1L, 16), RF_SPDIFRX},
    {"I2C1", I2C1_BASE, 0x400, GATE(G_APB1L, 21), RF_I2C},
    {"I2C2", I2C2_BASE, 0x400, GATE(G_APB1L, 22), RF_I2C},
    {"I2C3", I2C3_BASE, 0x400, GATE(G_APB1L, 23), RF_I2C},
    {"CEC", CEC_BASE, 0x400, GATE(G_APB1L, 27), RF_CEC},
    {"DAC1", DAC1_BASE, 0x400, GATE(G_APB1L, 29), RF_DAC},
    {"SWPMI", SWPMI_BASE, 0x400, GATE(G_APB1H, 2), RF_SWPMI},
    {"OPAMP", OPAMP_BASE, 0x400, GATE(G_APB1H, 4), RF_OPAMP},
    {"MDIOS", MDIOS_BASE, 0x400, GATE(G_APB1H, 5), RF_MDIOS},
    {"FDCAN clock calibration", FDCAN_CCU_BASE, 0x400, GATE(G_APB1H, 8), RF_CCU},
    {"SPI1", SPI1_BASE, 0x400, GATE(G_APB2, 12), RF_SPI},
    {"SPI4", SPI4_BASE, 0x400, GATE(G_APB2, 13), RF_SPI},
    {"SPI5", SPI5_BASE, 0x400, GATE(G_APB2, 20), RF_SPI},
    {"SAI1", SAI1_BASE, 0x400, GATE(G_APB2, 22), RF_SAI},
    {"SAI2", SAI2_BASE, 0x400, GATE(G_APB2, 23), RF_SAI},
    {"SAI3", SAI3_BASE, 0x400, GATE(G_APB2, 24), RF_SAI},
    {"DFSDM1", DFSDM1_BASE, 0x400, GATE(G_APB2, 28), RF_DFSDM},
    {"HRTIM", HRTIM_BASE, 0x400, GATE(G_APB2, 29), RF_HRTIM},
    {"ADC1/2", ADC1_BASE, 0x400, GATE(G_AHB1, 5), RF_ADC12},
    {"ETH", ETH_BASE, 0x1400, GATE(G_AHB1, 15), RF_ETH},
    {"DCMI", DCMI_BASE, 0x400, GATE(G_AHB2, 0), RF_DCMI},
    {"SDMMC2", SDMMC2_BASE, 0x400, GATE(G_AHB2, 9), RF_SDMMC},
    {"DLYB_SDMMC2", DLYB_SDMMC2_BASE, 0x400, GATE(G_AHB2, 9), RF_DLYB},
    {"RAMECC2", RAMECC2_BASE, 0x400, GATE_NONE, RF_RAMECC1},
    {"LTDC", LTDC_BASE, 0x1000, GATE(G_APB3, 3), RF_LTDC},
    {"AXI interconnect", AXI_BASE, 0x100000, GATE_NONE, RF_GPV},
    {"MDMA", MDMA_BASE, 0x1000, GATE(G_AHB3, 0), RF_MDMA},
    {"DMA2D", DMA2D_BASE, 0x1000, GATE(G_AHB3, 4), RF_DMA2D},
    {"JPEG", JPEG_BASE, 0x1000, GATE(G_AHB3, 5), RF_JPEG},
    {"FMC", FMC_BASE, 0x1000, GATE(G_AHB3, 12), RF_FMC},
    {"DLYB_QUADSPI", DLYB_QUADSPI_BASE, 0x1000, GATE(G_AHB3, 14), RF_DLYB},
    {"SDMMC1", SDMMC1_BASE, 0x1000, GATE(G_AHB3, 16), RF_SDMMC},
    {"DLYB_SDMMC1", DLYB_SDMMC1_BASE, 0x1000, GATE(G_AHB3, 16), RF_DLYB},
    {"RAMECC1", RAMECC1_BASE, 0x400, GATE_NONE, RF_RAMECC1},
    {"SPI6", SPI6_BASE, 0x400, GATE(G_APB4, 5), RF_SPI},
    {"I2C4", I2C4_BASE, 0x400, GATE(G_APB4, 7), RF_I2C},
    {"LPTIM2", LPTIM2_BASE, 0x400, GATE(G_APB4, 9), RF_LPTIM1},
    {"LPTIM3", LPTIM3_BASE, 0x400, GATE(G_APB4, 10), RF_LPTIM3},
    {"LPTIM4", LPTIM4_BASE, 0x400, GATE(G_APB4, 11), RF_LPTIM3},
    {"LPTIM5", LPTIM5_BASE, 0x400, GATE(G_APB4, 12), RF_LPTIM3},
    {"COMP", COMP_BASE, 0x400, GATE(G_APB4, 14), RF_COMP},
    {"VREFBUF", VREFBUF_BASE, 0x400, GATE(G_APB4, 15), RF_VREFBUF},
    {"SAI4", SAI4_BASE, 0x400, GATE(G_APB4, 21), RF_SAI4},
    {"BDMA", BDMA_BASE, 0x400, GATE(G_AHB4, 21), RF_BDMA},
    {"DMAMUX2", DMAMUX2_BASE, 0x400, GATE_NONE, RF_DMAMUX2},
    {"ADC3", ADC3_BASE, 0x400, GATE(G_AHB4, 24), RF_ADC3},
    {"RAMECC3", RAMECC3_BASE, 0x400, GATE_NONE, RF_RAMECC3},
};
const unsigned rf_block_count = sizeof(rf_blocks) / sizeof(rf_blocks[0]);

const struct rf_feature rf_features[] = {
    {RF_SPDIFRX, 0x00, 1, 4, 3, "the receiver"},
    {RF_CEC, 0x00, 1, 4, 1, "the CEC"},
    {RF_DAC, 0x00, 1, 4, 0x00010001, "a DAC channel"},
    {RF_SWPMI, 0x00, 1, 4, 0x20, "SWP (SWPACT)"},
    {RF_OPAMP, 0x00, 2, 16, 1, "an operational amplifier"},
    {RF_MDIOS, 0x00, 1, 4, 1, "the MDIO slave"},
    {RF_SAI, 0x04, 2, 32, 0x10000, "an audio block (SAIEN)"},
    {RF_SAI4, 0x04, 2, 32, 0x10000, "an audio block (SAIEN)"},
    {RF_DFSDM, 0x00, 1, 4, 0x80000000, "the filter (DFSDMEN)"},
    {RF_HRTIM, 0x00, 1, 4, 0x003F0000, "a counter (MCEN, TxCEN)"},
    {RF_ETH, 0x00, 1, 4, 3, "the transmitter or receiver (TE, RE)"},
    {RF_DCMI, 0x00, 1, 4, 0x4001, "capture or the interface"},
    {RF_SDMMC, 0x00, 1, 4, 3, "the card clock (PWRCTRL): there is no card"},
    {RF_RAMECC1, 0x00, 1, 4, 0xF, "ECC interrupts: RAM never has errors"},
    {RF_RAMECC3, 0x00, 1, 4, 0xF, "ECC interrupts: RAM never has errors"},
    {RF_LTDC, 0x18, 1, 4, 1, "the display controller"},
    {RF_DMA2D, 0x00, 1, 4, 1, "a transfer (START)"},
    {RF_JPEG, 0x00, 1, 4, 1, "the codec (START)"},
    {RF_FMC, 0x08, 3, 8, 1, "a memory bank (MBKEN): its memory does not exist"},
    {RF_FMC, 0x80, 1, 4, 4, "the NAND bank (PBKEN): its memory does not exist"},
    {RF_FMC, 0x150, 1, 4, 0x18, "SDRAM commands: its memory does not exist"},
    {RF_COMP, 0x0C, 2, 4, 1, "a comparator"},
};
const unsigned rf_feature_count = sizeof(rf_features) / sizeof(rf_features[0]);

const struct rf_command rf_commands[] = {
    {RF_ETH, 0x1000, 1, 4, 0x00000001}, /* DMAMR.SWR */
    {RF_ETH, 0x0200, 1, 4, 0x00000001}, /* MACMDIOAR.MB: no PHY answers, but the transfer ends */
    {RF_ETH, 0x0B00, 1, 4, 0x0000002C}, /* MACTSCR: TSINIT, TSUPDT, TSADDREG */
    {RF_ETH, 0x0D00, 1, 4, 0x00000001}, /* MTLTQOMR.FTQ */
    {RF_LTDC, 0x024, 1, 4, 0x00000003}, /* SRCR reload */
    {RF_DMA2D, 0x000, 1, 4, 0x00000003},  {RF_SPI, 0x000, 1, 4, 0x00000400}, /* CSUSP */
    {RF_I2C, 0x004, 1, 4, 0x00006000},                                       /* CR2: START, STOP */
    {RF_JPEG, 0x030, 1, 4, 0x00006000},                                      /* FIFO flush */
    {RF_LPTIM1, 0x010, 1, 4, 0x00000008},                                    /* COUNTRST */
    {RF_LPTIM3, 0x010, 1, 4, 0x00000008},
};
const unsigned rf_command_count = sizeof(rf_commands) / sizeof(rf_commands[0]);

const struct rf_answer rf_answers[] = {
    /* SDMMC: without a card a command with a response times out (CTIMEOUT), one without is sent. */
    {RF_SDMMC, 0x00C, BIT(12), 3u << 8, 0u << 8, 0x34, BIT(7)},
    {RF_SDMMC, 0x00C, BIT(12), 3u << 8, 1u << 8, 0x34, BIT(2)},
    {RF_SDMMC, 0x00C, BIT(12), 3u << 8, 2u << 8, 0x34, BIT(2)},
    {RF_SDMMC, 0x00C, BIT(12), 3u << 8, 3u << 8, 0x34, BIT(2)},
};
const unsigned rf_answer_count = sizeof(rf_answers) / sizeof(rf_answers[0]);

const struct rf_clear rf_clears[] = {
    {RF_SDMMC, 0x38, 0x34, 0x1FE00FFF},
};
const unsigned rf_clear_count = sizeof(rf_clears) / sizeof(rf_clears[0]);

const struct rf_follow rf_follows[] = {
    /* No memory answers, but transfers end: EN -> TCF, FTF */
    {RF_SWPMI, 0x00, BIT(11), 0x0C, BIT(11)}, /* SWPEN -> RDYF */
    {RF_VREFBUF, 0x00, BIT(0), 0x00, BIT(3)}, /* ENVR -> VRR */
};
const unsigned rf_follow_count = sizeof(rf_follows) / sizeof(rf_follows[0]);
