/* SPDX-License-Identifier: MIT */
/* Register offsets of the FLASH controller (RM0399, FLASH register map), of bank 1 or shared; the
 * copies of bank 2 are 0x100 further. */
#ifndef EMU_CHIP_FLASH_OFFSETS_H
#define EMU_CHIP_FLASH_OFFSETS_H

enum {
    ACR = 0x00,
    KEYR = 0x04,
    OPTKEYR = 0x08,
    CR = 0x0C,
    SR = 0x10,
    CCR = 0x14,
    OPTCR = 0x18,
    OPTSR_CUR = 0x1C,
    OPTSR_PRG = 0x20,
    OPTCCR = 0x24,
    PRAR_CUR = 0x28,
    PRAR_PRG = 0x2C,
    SCAR_CUR = 0x30,
    SCAR_PRG = 0x34,
    WPSN_CUR = 0x38,
    WPSN_PRG = 0x3C,
    BOOT7_CUR = 0x40,
    BOOT7_PRG = 0x44,
    BOOT4_CUR = 0x48,
    BOOT4_PRG = 0x4C,
    CRCCR = 0x50,
    CRCSADD = 0x54,
    CRCEADD = 0x58,
    CRCDATA = 0x5C,
    ECC_FA = 0x60,
};

#endif
