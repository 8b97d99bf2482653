/* SPDX-License-Identifier: MIT */
/*
 * Memories of the STM32H745/747/755/757: the one place that says where they are. Firmware, linker
 * scripts (through the C preprocessor), emulator and doctor take them from here.
 *
 * Source: RM0399, "Memory organization" (memory map and boundary addresses) and "Embedded flash
 * memory" (banks, sectors, flash words). Only #define lines, so that a linker script can include
 * it.
 */
#ifndef CHIP_STM32H7_MEMORY_H
#define CHIP_STM32H7_MEMORY_H

/* RAM of the M7 alone: tightly coupled, at the core's speed, without a cache. The M4 and the DMA
 * controllers of domains 2 and 3 do not reach it. */
#define MEM_ITCM_BASE 0x00000000
#define MEM_ITCM_SIZE 0x00010000
#define MEM_DTCM_BASE 0x20000000
#define MEM_DTCM_SIZE 0x00020000

/* RAM of both cores. */
#define MEM_AXI_BASE    0x24000000
#define MEM_AXI_SIZE    0x00080000
#define MEM_SRAM1_BASE  0x30000000
#define MEM_SRAM1_SIZE  0x00020000
#define MEM_SRAM2_BASE  0x30020000
#define MEM_SRAM2_SIZE  0x00020000
#define MEM_SRAM3_BASE  0x30040000
#define MEM_SRAM3_SIZE  0x00008000
#define MEM_SRAM4_BASE  0x38000000
#define MEM_SRAM4_SIZE  0x00010000
#define MEM_BACKUP_BASE 0x38800000
#define MEM_BACKUP_SIZE 0x00001000

/* SRAM1 to 3 are neighbours. Both cores see them a second time on the code bus; the content is one.
 */
#define MEM_SRAM123_BASE  0x30000000
#define MEM_SRAM123_SIZE  0x00048000
#define MEM_SRAM123_ALIAS 0x10000000

/* The M4 sees its boot memory a second time at 0. */
#define MEM_CM4_ALIAS_BASE 0x00000000
#define MEM_CM4_ALIAS_SIZE 0x00010000

/* User flash: two banks, numbered 1 and 2 as in the manual. */
#define MEM_FLASH_BASE       0x08000000
#define MEM_FLASH_SIZE       0x00200000
#define MEM_FLASH_BANKS      2
#define MEM_BANK_SIZE        0x00100000
#define MEM_BANK1_BASE       0x08000000
#define MEM_BANK2_BASE       0x08100000
#define MEM_SECTOR_SIZE      0x00020000
#define MEM_SECTORS_PER_BANK 8
#define MEM_FLASH_WORD       32

/* Option bytes hold the upper half of a boot address (RM0399, FLASH_BOOT7, FLASH_BOOT4). */
#define MEM_BOOT_ALIGN 0x10000

/* A memory at the QUADSPI, in memory-mapped mode (RM0399, Quad-SPI interface). */
#define MEM_QUADSPI_BASE 0x90000000
#define MEM_QUADSPI_SIZE 0x10000000

/* System flash: ST's ROM loader, one part a bank. */
#define MEM_SYSTEM1_BASE 0x1FF00000
#define MEM_SYSTEM2_BASE 0x1FF40000

/* In it: the loader's own vector table (AN2606; the manual names only the region), and 96 bits that
 * no other chip has (RM0399, "Device electronic signature"). */
#define MEM_LOADER_VECTORS 0x1FF09800
#define MEM_UNIQUE_ID_BASE 0x1FF1E800

/* Vector tables: 166 vectors round up to 256 words, so a table is aligned to 0x400 (PM0253 and
 * PM0214, "Vector table offset register"). */
#define MEM_VECTOR_ALIGN 0x400
#define MEM_VECTOR_COUNT 166

/* Registers of the chip's blocks (ARMv7-M, "The system address map": "Peripheral"). */
#define MEM_PERIPHERALS_BASE 0x40000000
#define MEM_PERIPHERALS_SIZE 0x20000000

/* The cores' private peripherals (ARMv7-M, "The system address map"). */
#define MEM_PPB_BASE 0xE0000000
#define MEM_PPB_SIZE 0x00100000

#endif
