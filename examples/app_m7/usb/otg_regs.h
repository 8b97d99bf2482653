/* SPDX-License-Identifier: MIT */
/*
 * OTG_FS (USB2) of the STM32H745 as this example's driver needs it: RM0399, chapter OTG_HS, with
 * the reference manual's names. Another view than the bootloader's, and on purpose: an application
 * brings a USB stack of its own.
 */
#ifndef EXAMPLE_USB_OTG_REGS_H
#define EXAMPLE_USB_OTG_REGS_H

#include "chip/stm32h7/regs.h"

#define USB2(offset) REG_AT(0x40080000u, offset)

#define GOTGCTL     USB2(0x000)
#define GAHBCFG     USB2(0x008)
#define GUSBCFG     USB2(0x00C)
#define GRSTCTL     USB2(0x010)
#define GINTSTS     USB2(0x014)
#define GINTMSK     USB2(0x018)
#define GRXSTSP     USB2(0x020)
#define GRXFSIZ     USB2(0x024)
#define DIEPTXF0    USB2(0x028)
#define GCCFG       USB2(0x038)
#define DIEPTXF1    USB2(0x104)
#define DCFG        USB2(0x800)
#define DCTL        USB2(0x804)
#define DIEPMSK     USB2(0x810)
#define DOEPMSK     USB2(0x814)
#define DAINT       USB2(0x818)
#define DAINTMSK    USB2(0x81C)
#define DIEPEMPMSK  USB2(0x834)
#define PCGCCTL     USB2(0xE00)
#define DIEPCTL(n)  USB2(0x900 + 0x20 * (n))
#define DIEPINT(n)  USB2(0x908 + 0x20 * (n))
#define DIEPTSIZ(n) USB2(0x910 + 0x20 * (n))
#define DOEPCTL(n)  USB2(0xB00 + 0x20 * (n))
#define DOEPINT(n)  USB2(0xB08 + 0x20 * (n))
#define DOEPTSIZ(n) USB2(0xB10 + 0x20 * (n))
#define FIFO(n)     USB2(0x1000 + 0x1000 * (n))

enum { OTG_ENDPOINTS = 9 };

#define BIT(n)            (1u << (n))
#define GOTGCTL_BVALID    (BIT(6) | BIT(7)) /* BVALOEN, BVALOVAL: VBUS counts as present */
#define GAHBCFG_GINTMSK   BIT(0)
#define GUSBCFG_PHYSEL    BIT(6)
#define GUSBCFG_TRDT(t)   ((uint32_t)(t) << 10)
#define GUSBCFG_TRDT_ALL  (0xFu << 10)
#define GUSBCFG_FHMOD     BIT(29)
#define GUSBCFG_FDMOD     BIT(30)
#define GRSTCTL_CSRST     BIT(0)
#define GRSTCTL_RXFFLSH   BIT(4)
#define GRSTCTL_TXFFLSH   BIT(5)
#define GRSTCTL_TXFNUM(n) ((uint32_t)(n) << 6)
#define GRSTCTL_ALL_TX    GRSTCTL_TXFNUM(16)
#define GRSTCTL_AHBIDL    BIT(31)
#define GINT_RXFLVL       BIT(4)
#define GINT_USBSUSP      BIT(11)
#define GINT_USBRST       BIT(12)
#define GINT_ENUMDNE      BIT(13)
#define GINT_IEPINT       BIT(18)
#define GINT_OEPINT       BIT(19)
#define GINT_WKUPINT      BIT(31)
#define GINT_ALL          0xBFFFFFFFu /* but for SRQINT */
#define GCCFG_PWRDWN      BIT(16)     /* 1: the PHY has power */
#define GCCFG_VBDEN       BIT(21)
#define DCFG_DSPD_FS      3u /* full speed by the internal PHY */
#define DCFG_DAD(a)       ((uint32_t)(a) << 4)
#define DCFG_DAD_ALL      (0x7Fu << 4)
#define DCTL_RWUSIG       BIT(0)
#define DCTL_SDIS         BIT(1)
#define DCTL_CGINAK       BIT(8)

#define EP_MPSIZ_0      3u /* of endpoint 0: 0 is 64 bytes */
#define EP_USBAEP       BIT(15)
#define EP_BULK         (2u << 18)
#define EP_STALL        BIT(21)
#define EP_TXFNUM(n)    ((uint32_t)(n) << 22)
#define EP_CNAK         BIT(26)
#define EP_SNAK         BIT(27)
#define EP_SD0PID       BIT(28)
#define EP_EPDIS        BIT(30)
#define EP_EPENA        BIT(31)
#define EPINT_XFRC      BIT(0)
#define EPINT_STUP      BIT(3)
#define EPINT_TXFE      BIT(7)
#define EPINT_ALL       0xFB7Fu
#define TSIZ_PACKETS(n) ((uint32_t)(n) << 19)
#define TSIZ_SETUPS(n)  ((uint32_t)(n) << 29)

/* GRXSTSP.PKTSTS */
enum { PKTSTS_OUT = 2, PKTSTS_SETUP = 6 };

#endif
