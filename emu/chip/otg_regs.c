/* SPDX-License-Identifier: MIT */
/*
 * Registers of the USB controllers: first offset, number, distance, reset value, writable bits
 * (RM0399, OTG_HS register map). Bits that do something are not "writable" here; otg.c and otg_ep.c
 * act on them. Host mode's registers only hold what is written.
 */
#include "emu/chip/otg.h"

const struct otg_reg otg_regs[] = {
    {OTG_GOTGCTL, 1, 4, 0x800, 0x1E1EFE},
    {OTG_GOTGINT, 1, 4, 0, 0},
    {OTG_GAHBCFG, 1, 4, 0, 0x1BF},
    {OTG_GUSBCFG, 1, 4, 0xA00, 0x63FEBF47},
    {OTG_GRSTCTL, 1, 4, 0x80000000, 0x7C0},
    {OTG_GINTSTS, 1, 4, 0, 0},
    {OTG_GINTMSK, 1, 4, 0, 0xFEFCFCFE},
    {OTG_GRXFSIZ, 1, 4, 0x200, 0xFFFF},
    {OTG_DIEPTXF0, 1, 4, 0x200, 0xFFFFFFFF},
    {0x2C, 1, 4, 0x80200, 0}, /* HNPTXSTS */
    {OTG_GCCFG, 1, 4, 0, 0x3F0000},
    {0x3C, 1, 4, 0x1200, 0xFFFFFFFF}, /* CID */
    /* Which core this is, and of what size: not in the manual; values read from an H743 by users of
     * the open drivers, which look at them. */
    {0x40, 1, 4, 0x4F54330A, 0},
    {0x48, 1, 4, 0x229FE190, 0},
    {0x4C, 1, 4, 0x03B8D2E8, 0},
    {0x50, 1, 4, 0xE3F00030, 0},
    {0x54, 1, 4, 0, 0x11FE1F83}, /* GLPMCFG */
    {0x100, 1, 4, 0x2000600, 0xFFFFFFFF},
    {0x104, 1, 4, 0x2000400, 0xFFFFFFFF},
    {0x108, 1, 4, 0x2000600, 0xFFFFFFFF},
    {0x10C, 1, 4, 0x2000800, 0xFFFFFFFF},
    {0x110, 1, 4, 0x2000A00, 0xFFFFFFFF},
    {0x114, 1, 4, 0x2000C00, 0xFFFFFFFF},
    {0x118, 1, 4, 0x2000E00, 0xFFFFFFFF},
    {0x11C, 1, 4, 0x2001000, 0xFFFFFFFF},
    {0x120, 1, 4, 0x2001200, 0xFFFFFFFF},
    {0x400, 1, 4, 0, 0x3}, /* host mode */
    {0x404, 1, 4, 0xEA60, 0xFFFF},
    {0x408, 1, 4, 0x3FFF, 0},
    {0x410, 1, 4, 0x80100, 0xFFFF},
    {0x418, 1, 4, 0, 0xFFFF},
    {0x440, 1, 4, 0, 0x1F1EE},
    {0x500, 16, 32, 0, 0xFFFEFFFF},
    {0x504, 16, 32, 0, 0x8001FFFF},
    {0x50C, 16, 32, 0, 0x7FF},
    {0x510, 16, 32, 0, 0x7FFFFFFF},
    {0x514, 16, 32, 0, 0xFFFFFFFF},
    {OTG_DCFG, 1, 4, 0x2200000, 0x3001FF7},
    {OTG_DCTL, 1, 4, 0, 0x873},
    {OTG_DSTS, 1, 4, 0x10, 0},
    {OTG_DIEPMSK, 1, 4, 0, 0x37B},
    {OTG_DOEPMSK, 1, 4, 0, 0x35B},
    {OTG_DAINTMSK, 1, 4, 0, 0xFFFFFFFF},
    {0x828, 1, 4, 0x17D7, 0xFFFF},
    {0x82C, 1, 4, 0x5B8, 0xFFF},
    {0x830, 1, 4, 0, 0xBFF07FF},
    {OTG_DIEPEMPMSK, 1, 4, 0, 0xFFFF},
    {0x83C, 1, 4, 0, 0x20002},
    {OTG_IN + EP_CTL, 1, 32, 0, 0x03C00003},
    {OTG_IN + EP_CTL + 0x20, 8, 32, 0, 0x03CC87FF},
    {OTG_IN + EP_TSIZ, 1, 32, 0, 0x0018007F},
    {OTG_IN + EP_TSIZ + 0x20, 8, 32, 0, 0x7FFFFFFF},
    {OTG_IN + 0x14, 9, 32, 0, 0xFFFFFFFF}, /* DMA address */
    {OTG_OUT + EP_CTL, 1, 32, 0x8000, 0x00100000},
    {OTG_OUT + EP_CTL + 0x20, 8, 32, 0, 0x001C87FF},
    {OTG_OUT + EP_TSIZ, 1, 32, 0, 0x6008007F},
    {OTG_OUT + EP_TSIZ + 0x20, 8, 32, 0, 0x7FFFFFFF},
    {OTG_OUT + 0x14, 9, 32, 0, 0xFFFFFFFF},
    {OTG_PCGCCTL, 1, 4, 0, 0x13},
};
const unsigned otg_reg_count = sizeof(otg_regs) / sizeof(otg_regs[0]);
