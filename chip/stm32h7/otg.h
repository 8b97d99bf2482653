/* SPDX-License-Identifier: MIT */
/*
 * Registers of OTG_FS (USB2, a Synopsys DWC2) in device mode, and what else USB needs to be set
 * (RM0399: OTG_HS, RCC, PWR, CRS). Used by the driver, for endpoint 0, and by the emulator.
 */
#ifndef CHIP_STM32H7_OTG_H
#define CHIP_STM32H7_OTG_H

#include "chip/stm32h7/blocks.h"
#include "chip/stm32h7/regs.h"

#define OTG_BASE OTG_FS_BASE

#define OTG_GOTGCTL          0x000u
#define OTG_GOTGCTL_BVALOEN  (1u << 6)
#define OTG_GOTGCTL_BVALOVAL (1u << 7)
#define OTG_GOTGINT          0x004u
#define OTG_GAHBCFG          0x008u
#define OTG_GAHBCFG_GINT     (1u << 0)
#define OTG_GUSBCFG          0x00Cu
#define OTG_GUSBCFG_PHYSEL   (1u << 6)
#define OTG_GUSBCFG_TRDT     (0xFu << 10)
#define OTG_GUSBCFG_FDMOD    (1u << 30)
#define OTG_GRSTCTL          0x010u
#define OTG_GRSTCTL_CSRST    (1u << 0)
#define OTG_GRSTCTL_RXFFLSH  (1u << 4)
#define OTG_GRSTCTL_TXFFLSH  (1u << 5)
#define OTG_GRSTCTL_TXFNUM   (0x1Fu << 6)
#define OTG_GRSTCTL_AHBIDL   (1u << 31)
#define OTG_GINTSTS          0x014u
#define OTG_GINTMSK          0x018u
#define OTG_GINT_RXFLVL      (1u << 4)
#define OTG_GINT_USBRST      (1u << 12)
#define OTG_GINT_ENUMDNE     (1u << 13)
#define OTG_GINT_IEPINT      (1u << 18)
#define OTG_GINT_OEPINT      (1u << 19)
#define OTG_GRXSTSR          0x01Cu
#define OTG_GRXSTSP          0x020u
#define OTG_GRXSTSP_BCNT     (0x7FFu << 4)
#define OTG_GRXSTSP_PKTSTS   (0xFu << 17)
#define OTG_GRXFSIZ          0x024u
#define OTG_DIEPTXF0         0x028u
#define OTG_GCCFG            0x038u
#define OTG_GCCFG_PWRDWN     (1u << 16) /* 1: the PHY has power */
#define OTG_DIEPTXF1         0x104u
#define OTG_DCFG             0x800u
#define OTG_DCFG_DSPD        (3u << 0)
#define OTG_DCFG_NZLSOHSK    (1u << 2)
#define OTG_DCFG_DAD         (0x7Fu << 4)
#define OTG_DCTL             0x804u
#define OTG_DCTL_SDIS        (1u << 1)
#define OTG_DSTS             0x808u
#define OTG_DIEPMSK          0x810u
#define OTG_DOEPMSK          0x814u
#define OTG_DAINT            0x818u
#define OTG_DAINTMSK         0x81Cu
#define OTG_DIEPEMPMSK       0x834u
#define OTG_DIEPCTL0         0x900u
#define OTG_DIEPINT0         0x908u
#define OTG_DIEPTSIZ0        0x910u
#define OTG_DOEPCTL0         0xB00u
#define OTG_DOEPINT0         0xB08u
#define OTG_DOEPTSIZ0        0xB10u
#define OTG_PCGCCTL          0xE00u
#define OTG_FIFO0            0x1000u

#define OTG_EPCTL_STALL (1u << 21)
#define OTG_EPCTL_CNAK  (1u << 26)
#define OTG_EPCTL_SNAK  (1u << 27)
#define OTG_EPCTL_EPDIS (1u << 30)
#define OTG_EPCTL_EPENA (1u << 31)
#define OTG_EPINT_XFRC  (1u << 0)
#define OTG_EPINT_STUP  (1u << 3)
#define OTG_TSIZ_PKTCNT (1u << 19) /* one packet */
#define OTG_TSIZ_STUP3  (3u << 29) /* three SETUPs in a row */

/* Around it. */
#define USB_PWR_CR3_USB33DEN  (1u << 24)
#define USB_PWR_CR3_USB33RDY  (1u << 26)
#define USB_RCC_CR_HSI48ON    (1u << 12)
#define USB_RCC_CR_HSI48RDY   (1u << 13)
#define USB_RCC_USBSEL_HSI48  (3u << 20)
#define USB_RCC_APB1HENR      0x0ECu
#define USB_RCC_APB1HENR_CRS  (1u << 1)
#define USB_RCC_AHB1ENR       0x0D8u
#define USB_RCC_AHB1ENR_OTG   (1u << 27)
#define USB_RCC_AHB1LPENR     0x100u
#define USB_RCC_AHB1LPENR_PHY (1u << 28) /* the clock of an external PHY in sleep */
#define USB_RCC_AHB4ENR_GPIOA (1u << 0)
#define USB_CRS_BASE          0x40008400u
#define USB_CRS_CR            0x0u
#define USB_CRS_CR_ON         (1u << 5 | 1u << 6) /* CEN, AUTOTRIMEN */
#define USB_CRS_CFGR          0x4u
#define USB_CRS_CFGR_FRAMES   0x3022BB7Fu /* SYNCSRC: frames of USB2; limits and reload for 1 kHz */
#define USB_PORT              GPIOA_BASE
#define USB_PIN_DM            11u
#define USB_PIN_DP            12u
#define USB_PIN_AF            10u
#define USB_GPIO_OSPEEDR      0x08u

#endif
