/* SPDX-License-Identifier: MIT */
/* Register offsets of the FLASH controller (RM0399, FLASH register map), of bank 1 or shared; the
 * copies of bank 2 are 0x100 further. */
#ifndef EMU_CHIP_FLASH_OFFSETS_H
#define EMU_CHIP_FLASH_OFFSETS_H

#include "chip/stm32h7/regs.h"

enum {
    ACR = FLASH_ACR,
    KEYR = 0x04,
    OPTKEYR = FLASH_OPTKEYR,
    CR = 0x0C,
    SR = 0x10,
    CCR = 0x14,
    OPTCR = FLASH_OPTCR,
    OPTSR_CUR = FLASH_OPTSR_CUR,
    OPTSR_PRG = FLASH_OPTSR_PRG,
    OPTCCR = FLASH_OPTCCR,
    PRAR_CUR = 0x28,
    PRAR_PRG = 0x2C,
    SCAR_CUR = 0x30,
    SCAR_PRG = 0x34,
    WPSN_CUR = 0x38,
    WPSN_PRG = 0x3C,
    BOOT7_CUR = FLASH_BOOT7_CUR,
    BOOT7_PRG = FLASH_BOOT7_PRG,
    BOOT4_CUR = FLASH_BOOT4_CUR,
    BOOT4_PRG = FLASH_BOOT4_PRG,
    CRCCR = 0x50,
    CRCSADD = 0x54,
    CRCEADD = 0x58,
    CRCDATA = 0x5C,
    ECC_FA = 0x60,
};

#endif
