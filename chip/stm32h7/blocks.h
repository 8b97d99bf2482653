/* SPDX-License-Identifier: MIT */
/*
 * Where the blocks of the STM32H745/747/755/757 lie whose registers the bootloaders do not use; the
 * others are in regs.h. The emulator and the doctor take them from here.
 *
 * Source: RM0399, "Memory organization" (register boundary addresses); compared with the vendor's
 * SVD description as regs.h is.
 */
#ifndef CHIP_STM32H7_BLOCKS_H
#define CHIP_STM32H7_BLOCKS_H

/* --- APB1 (domain D2) --- */
#define TIM2_BASE      0x40000000u
#define TIM3_BASE      0x40000400u
#define TIM4_BASE      0x40000800u
#define TIM5_BASE      0x40000C00u
#define TIM6_BASE      0x40001000u
#define TIM7_BASE      0x40001400u
#define TIM12_BASE     0x40001800u
#define TIM13_BASE     0x40001C00u
#define TIM14_BASE     0x40002000u
#define LPTIM1_BASE    0x40002400u
#define SPI2_BASE      0x40003800u
#define SPI3_BASE      0x40003C00u
#define SPDIFRX_BASE   0x40004000u
#define UART4_BASE     0x40004C00u
#define UART5_BASE     0x40005000u
#define I2C1_BASE      0x40005400u
#define I2C2_BASE      0x40005800u
#define I2C3_BASE      0x40005C00u
#define CEC_BASE       0x40006C00u
#define DAC1_BASE      0x40007400u
#define UART7_BASE     0x40007800u
#define UART8_BASE     0x40007C00u
#define CRS_BASE       0x40008400u
#define SWPMI_BASE     0x40008800u
#define OPAMP_BASE     0x40009000u
#define MDIOS_BASE     0x40009400u
#define FDCAN1_BASE    0x4000A000u
#define FDCAN2_BASE    0x4000A400u
#define FDCAN_CCU_BASE 0x4000A800u

/* --- APB2 (D2) --- */
#define TIM1_BASE   0x40010000u
#define TIM8_BASE   0x40010400u
#define USART6_BASE 0x40011400u
#define SPI1_BASE   0x40013000u
#define SPI4_BASE   0x40013400u
#define TIM15_BASE  0x40014000u
#define TIM16_BASE  0x40014400u
#define TIM17_BASE  0x40014800u
#define SPI5_BASE   0x40015000u
#define SAI1_BASE   0x40015800u
#define SAI2_BASE   0x40015C00u
#define SAI3_BASE   0x40016000u
#define DFSDM1_BASE 0x40017000u
#define HRTIM_BASE  0x40017400u

/* --- AHB1 and AHB2 (D2) --- */
#define DMA1_BASE        0x40020000u
#define DMA2_BASE        0x40020400u
#define DMAMUX1_BASE     0x40020800u
#define ADC1_BASE        0x40022000u
#define ETH_BASE         0x40028000u
#define OTG_HS_BASE      0x40040000u
#define OTG_FS_BASE      0x40080000u
#define DCMI_BASE        0x48020000u
#define RNG_BASE         0x48021800u
#define SDMMC2_BASE      0x48022400u
#define DLYB_SDMMC2_BASE 0x48022800u
#define RAMECC2_BASE     0x48023000u

/* --- APB3, AXI and AHB3 (D1) --- */
#define LTDC_BASE         0x50001000u
#define AXI_BASE          0x51000000u
#define MDMA_BASE         0x52000000u
#define DMA2D_BASE        0x52001000u
#define JPEG_BASE         0x52003000u
#define FMC_BASE          0x52004000u
#define QUADSPI_BASE      0x52005000u
#define DLYB_QUADSPI_BASE 0x52006000u
#define SDMMC1_BASE       0x52007000u
#define DLYB_SDMMC1_BASE  0x52008000u
#define RAMECC1_BASE      0x52009000u

/* --- APB4 and AHB4 (D3), debug --- */
#define LPUART1_BASE 0x58000C00u
#define SPI6_BASE    0x58001400u
#define I2C4_BASE    0x58001C00u
#define LPTIM2_BASE  0x58002400u
#define LPTIM3_BASE  0x58002800u
#define LPTIM4_BASE  0x58002C00u
#define LPTIM5_BASE  0x58003000u
#define COMP_BASE    0x58003800u
#define VREFBUF_BASE 0x58003C00u
#define SAI4_BASE    0x58005400u
#define CRC_BASE     0x58024C00u
#define BDMA_BASE    0x58025400u
#define DMAMUX2_BASE 0x58025800u
#define ADC3_BASE    0x58026000u
#define RAMECC3_BASE 0x58027000u
#define DBGMCU_BASE  0x5C001000u

#endif
