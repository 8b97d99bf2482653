/* SPDX-License-Identifier: MIT */
/*
 * Registers of the STM32H745/747/755/757 that firmware, emulator and doctor name. What only one
 * model of the emulator has is in that model; where the other blocks lie, in blocks.h.
 *
 * Sources: RM0399 (chip), PM0253 and PM0214 (cores). One line is one fact, so that a program can
 * read this file and compare it with the vendor's SVD description:
 *
 * - BLOCK_BASE is the base address of a block,
 * - BLOCK_REG is the offset of a register in its block,
 * - BLOCK_REG_FIELD is the mask of a field in that register.
 *
 * A value goes into a field by FIELD(mask, value), so there are no shift counts to get wrong.
 */
#ifndef CHIP_STM32H7_REGS_H
#define CHIP_STM32H7_REGS_H

#include <stdint.h>

/* REG(RCC, CR) for a block that exists once, REG_AT(USART3_BASE, USART_CR1) for one of several. */
#define REG_AT(base, offset) (*(volatile uint32_t *)(uintptr_t)((base) + (offset)))
#define REG(block, reg)      REG_AT(block##_BASE, block##_##reg)
#define ADDR(block, reg)     ((uint32_t)(block##_BASE + block##_##reg))
#define REG8_AT(base, off)   (*(volatile uint8_t *)(uintptr_t)((base) + (off)))

/* `value` moved to the place of `mask` (multiplied by the mask's lowest set bit). */
#define FIELD(mask, value)    (((uint32_t)(value) * ((mask) & (0u - (mask)))) & (mask))
#define FIELD_GET(mask, word) (((word) & (mask)) / ((mask) & (0u - (mask))))

/* --- FLASH (RM0399 ch. 4). Bank 2 has its own set of the bank registers at +0x100. --- */
#define FLASH_BASE        0x52002000u
#define FLASH_BANK_STRIDE 0x100u
#define FLASH_ACR         0x000u
#define FLASH_KEYR1       0x004u
#define FLASH_OPTKEYR     0x008u
#define FLASH_CR1         0x00Cu
#define FLASH_SR1         0x010u
#define FLASH_CCR1        0x014u
#define FLASH_OPTCR       0x018u
#define FLASH_OPTSR_CUR   0x01Cu
#define FLASH_OPTSR_PRG   0x020u
#define FLASH_OPTCCR      0x024u
#define FLASH_PRAR_CUR1   0x028u
#define FLASH_PRAR_PRG1   0x02Cu
#define FLASH_SCAR_CUR1   0x030u
#define FLASH_SCAR_PRG1   0x034u
#define FLASH_WPSN_CUR1R  0x038u
#define FLASH_WPSN_PRG1R  0x03Cu
#define FLASH_BOOT7_CUR   0x040u
#define FLASH_BOOT7_PRG   0x044u
#define FLASH_BOOT4_CUR   0x048u
#define FLASH_BOOT4_PRG   0x04Cu
#define FLASH_ECC_FA1     0x060u
#define FLASH_KEYR2       0x104u
#define FLASH_CR2         0x10Cu
#define FLASH_SR2         0x110u
#define FLASH_CCR2        0x114u
#define FLASH_PRAR_CUR2   0x128u
#define FLASH_PRAR_PRG2   0x12Cu
#define FLASH_SCAR_CUR2   0x130u
#define FLASH_SCAR_PRG2   0x134u
#define FLASH_WPSN_CUR2R  0x138u
#define FLASH_WPSN_PRG2R  0x13Cu
#define FLASH_ECC_FA2     0x160u

#define FLASH_ACR_LATENCY    0x0000000Fu
#define FLASH_ACR_WRHIGHFREQ 0x00000030u

#define FLASH_CR1_LOCK      0x00000001u
#define FLASH_CR1_PG        0x00000002u
#define FLASH_CR1_SER       0x00000004u
#define FLASH_CR1_BER       0x00000008u
#define FLASH_CR1_PSIZE     0x00000030u
#define FLASH_CR1_FW        0x00000040u
#define FLASH_CR1_START     0x00000080u
#define FLASH_CR1_EOPIE     0x00010000u
#define FLASH_CR1_WRPERRIE  0x00020000u
#define FLASH_CR1_PGSERRIE  0x00040000u
#define FLASH_CR1_STRBERRIE 0x00080000u
#define FLASH_CR1_INCERRIE  0x00200000u
#define FLASH_CR1_OPERRIE   0x00400000u
#define FLASH_CR1_SNB       0x00000700u

#define FLASH_SR1_BSY      0x00000001u
#define FLASH_SR1_WBNE     0x00000002u
#define FLASH_SR1_QW       0x00000004u
#define FLASH_SR1_CRC_BUSY 0x00000008u
#define FLASH_SR1_EOP      0x00010000u
#define FLASH_SR1_WRPERR   0x00020000u
#define FLASH_SR1_PGSERR   0x00040000u
#define FLASH_SR1_STRBERR  0x00080000u
#define FLASH_SR1_INCERR   0x00200000u
#define FLASH_SR1_OPERR    0x00400000u
#define FLASH_SR1_RDPERR   0x00800000u
#define FLASH_SR1_RDSERR   0x01000000u
#define FLASH_SR1_SNECCERR 0x02000000u
#define FLASH_SR1_DBECCERR 0x04000000u
#define FLASH_SR1_CRCEND   0x08000000u
#define FLASH_SR1_CRCRDERR 0x10000000u

#define FLASH_OPTCR_OPTLOCK           0x00000001u
#define FLASH_OPTCR_OPTSTART          0x00000002u
#define FLASH_OPTCR_SWAP_BANK         0x80000000u
#define FLASH_OPTSR_CUR_OPT_BUSY      0x00000001u
#define FLASH_OPTSR_CUR_IWDG1_SW      0x00000010u
#define FLASH_OPTSR_CUR_IWDG2_SW      0x00000020u
#define FLASH_OPTSR_CUR_RDP           0x0000FF00u
#define FLASH_OPTSR_CUR_BCM4          0x00400000u
#define FLASH_OPTSR_CUR_BCM7          0x00800000u
#define FLASH_OPTSR_CUR_OPTCHANGEERR  0x40000000u
#define FLASH_OPTSR_CUR_SWAP_BANK_OPT 0x80000000u
#define FLASH_OPTCCR_CLR_OPTCHANGEERR 0x40000000u
#define FLASH_WPSN_CUR1R_WRPSN1       0x000000FFu
#define FLASH_BOOT7_CUR_ADD0          0x0000FFFFu
#define FLASH_BOOT4_CUR_ADD0          0x0000FFFFu
#define FLASH_ECC_FA1_FAIL_ECC_ADDR1  0x00007FFFu

/* Unlock keys (RM0399 FLASH_KEYR, FLASH_OPTKEYR). */
#define FLASH_KEY1    0x45670123u
#define FLASH_KEY2    0xCDEF89ABu
#define FLASH_OPTKEY1 0x08192A3Bu
#define FLASH_OPTKEY2 0x4C5D6E7Fu

/* --- SYSCFG (RM0399 ch. 13) --- */
#define SYSCFG_BASE     0x58000400u
#define SYSCFG_CCCSR    0x020u
#define SYSCFG_UR1      0x304u
#define SYSCFG_UR2      0x308u
#define SYSCFG_UR3      0x30Cu
#define SYSCFG_UR1_BCM4 0x00000001u
#define SYSCFG_UR1_BCM7 0x00010000u

/* --- PWR (RM0399 ch. 7) --- */
#define PWR_BASE           0x58024800u
#define PWR_CR1            0x00u
#define PWR_CSR1           0x04u
#define PWR_CR2            0x08u
#define PWR_CR3            0x0Cu
#define PWR_CPU1CR         0x10u
#define PWR_CPU2CR         0x14u
#define PWR_D3CR           0x18u
#define PWR_WKUPCR         0x20u
#define PWR_WKUPFR         0x24u
#define PWR_WKUPEPR        0x28u
#define PWR_CR1_DBP        0x00000100u
#define PWR_CSR1_ACTVOSRDY 0x00002000u
#define PWR_CR3_BYPASS     0x00000001u
#define PWR_CR3_LDOEN      0x00000002u
#define PWR_CR3_SDEN       0x00000004u
#define PWR_D3CR_VOSRDY    0x00002000u
#define PWR_D3CR_VOS       0x0000C000u

/* --- RCC (RM0399 ch. 9). Enables and RSR at 0xD0.. are banked: each core sees its own. --- */
#define RCC_BASE       0x58024400u
#define RCC_CR         0x000u
#define RCC_HSICFGR    0x004u
#define RCC_CRRCR      0x008u
#define RCC_CSICFGR    0x00Cu
#define RCC_CFGR       0x010u
#define RCC_D1CFGR     0x018u
#define RCC_D2CFGR     0x01Cu
#define RCC_D3CFGR     0x020u
#define RCC_PLLCKSELR  0x028u
#define RCC_PLLCFGR    0x02Cu
#define RCC_PLL1DIVR   0x030u
#define RCC_PLL1FRACR  0x034u
#define RCC_PLL2DIVR   0x038u
#define RCC_PLL2FRACR  0x03Cu
#define RCC_PLL3DIVR   0x040u
#define RCC_PLL3FRACR  0x044u
#define RCC_D1CCIPR    0x04Cu
#define RCC_D2CCIP1R   0x050u
#define RCC_D2CCIP2R   0x054u
#define RCC_D3CCIPR    0x058u
#define RCC_CIER       0x060u
#define RCC_CIFR       0x064u
#define RCC_CICR       0x068u
#define RCC_BDCR       0x070u
#define RCC_CSR        0x074u
#define RCC_AHB3RSTR   0x07Cu
#define RCC_APB1LRSTR  0x090u
#define RCC_APB4RSTR   0x09Cu
#define RCC_GCR        0x0A0u
#define RCC_D3AMR      0x0A8u
#define RCC_RSR        0x0D0u
#define RCC_AHB3ENR    0x0D4u
#define RCC_AHB2ENR    0x0DCu
#define RCC_AHB4ENR    0x0E0u
#define RCC_APB1LENR   0x0E8u
#define RCC_APB3ENR    0x0E4u
#define RCC_APB4ENR    0x0F4u
#define RCC_C1_AHB3ENR 0x134u /* the same registers, of a core by name */
#define RCC_C2_AHB3ENR 0x194u

#define RCC_CR_HSION                0x00000001u
#define RCC_CR_HSIRDY               0x00000004u
#define RCC_CR_D1CKRDY              0x00004000u
#define RCC_CR_D2CKRDY              0x00008000u
#define RCC_CR_PLL1ON               0x01000000u
#define RCC_CR_PLL1RDY              0x02000000u
#define RCC_CFGR_SW                 0x00000007u
#define RCC_CFGR_SWS                0x00000038u
#define RCC_D1CFGR_HPRE             0x0000000Fu
#define RCC_D1CFGR_D1PPRE           0x00000070u
#define RCC_D1CFGR_D1CPRE           0x00000F00u
#define RCC_D2CFGR_D2PPRE1          0x00000070u
#define RCC_D2CFGR_D2PPRE2          0x00000700u
#define RCC_D3CFGR_D3PPRE           0x00000070u
#define RCC_PLLCKSELR_PLLSRC        0x00000003u
#define RCC_PLLCKSELR_DIVM1         0x000003F0u
#define RCC_PLLCFGR_PLL1FRACEN      0x00000001u
#define RCC_PLLCFGR_PLL1VCOSEL      0x00000002u
#define RCC_PLLCFGR_PLL1RGE         0x0000000Cu
#define RCC_PLLCFGR_DIVP1EN         0x00010000u
#define RCC_PLL1DIVR_DIVN1          0x000001FFu
#define RCC_PLL1DIVR_DIVP1          0x0000FE00u
#define RCC_PLL1DIVR_DIVQ1          0x007F0000u
#define RCC_PLL1DIVR_DIVR1          0x7F000000u
#define RCC_D2CCIP2R_USART234578SEL 0x00000007u
#define RCC_APB1LRSTR_USART3RST     0x00040000u
#define RCC_GCR_WW1RSC              0x00000001u
#define RCC_GCR_WW2RSC              0x00000002u
#define RCC_GCR_BOOT_C1             0x00000004u
#define RCC_GCR_BOOT_C2             0x00000008u
#define RCC_RSR_RMVF                0x00010000u
#define RCC_RSR_BORRSTF             0x00200000u
#define RCC_RSR_PINRSTF             0x00400000u
#define RCC_RSR_PORRSTF             0x00800000u
#define RCC_RSR_SFT1RSTF            0x01000000u
#define RCC_RSR_SFT2RSTF            0x02000000u
#define RCC_RSR_IWDG1RSTF           0x04000000u
#define RCC_RSR_IWDG2RSTF           0x08000000u
#define RCC_RSR_WWDG1RSTF           0x10000000u
#define RCC_RSR_WWDG2RSTF           0x20000000u
#define RCC_AHB4ENR_GPIOCEN         0x00000004u
#define RCC_AHB4ENR_GPIODEN         0x00000008u
#define RCC_AHB4ENR_HSEMEN          0x02000000u
#define RCC_APB3ENR_WWDG1EN         0x00000040u
#define RCC_APB1LENR_WWDG2EN        0x00000800u
#define RCC_APB1LENR_USART3EN       0x00040000u
#define RCC_AHB2ENR_SRAM1EN         0x20000000u
#define RCC_AHB2ENR_SRAM2EN         0x40000000u
#define RCC_APB4ENR_SYSCFGEN        0x00000002u
#define RCC_APB4ENR_RTCAPBEN        0x00010000u

/* --- HSEM (RM0399 ch. 11): R0..R31 at 4*n; RLRn at 0x80 take the lock when read, so never use them
 * to look. --- */
#define HSEM_BASE      0x58026400u
#define HSEM_R0        0x000u
#define HSEM_RLR0      0x080u
#define HSEM_C1IER     0x100u
#define HSEM_C1ICR     0x104u
#define HSEM_C1ISR     0x108u
#define HSEM_C1MISR    0x10Cu
#define HSEM_C2IER     0x110u
#define HSEM_C2ICR     0x114u
#define HSEM_C2ISR     0x118u
#define HSEM_C2MISR    0x11Cu
#define HSEM_CR        0x140u
#define HSEM_R0_PROCID 0x000000FFu
#define HSEM_R0_COREID 0x00000F00u
#define HSEM_R0_LOCK   0x80000000u

/* --- EXTI (RM0399 ch. 21) --- */
#define EXTI_BASE   0x58000000u
#define EXTI_C1IMR3 0x0A0u
#define EXTI_C1EMR3 0x0A4u
#define EXTI_C2IMR3 0x0E0u
#define EXTI_C2EMR3 0x0E4u

/* --- IWDG1 (CM7) and IWDG2 (CM4) (RM0399 ch. 50) --- */
#define IWDG1_BASE    0x58004800u
#define IWDG2_BASE    0x58004C00u
#define IWDG_KR       0x00u
#define IWDG_PR       0x04u
#define IWDG_RLR      0x08u
#define IWDG_SR       0x0Cu
#define IWDG_WINR     0x10u
#define IWDG_PR_PR    0x00000007u
#define IWDG_RLR_RL   0x00000FFFu
#define IWDG_SR_PVU   0x00000001u
#define IWDG_SR_RVU   0x00000002u
#define IWDG_WINR_WIN 0x00000FFFu

/* --- WWDG1 (CM7) and WWDG2 (CM4) (RM0399 "system window watchdog") --- */
#define WWDG1_BASE   0x50003000u
#define WWDG2_BASE   0x40002C00u
#define WWDG_CR      0x00u
#define WWDG_CR_T    0x0000007Fu
#define WWDG_CR_WDGA 0x00000080u

/* --- USART (RM0399 ch. 53) --- */
#define USART1_BASE      0x40011000u
#define USART2_BASE      0x40004400u
#define USART3_BASE      0x40004800u
#define USART_CR1        0x00u
#define USART_CR2        0x04u
#define USART_CR3        0x08u
#define USART_BRR        0x0Cu
#define USART_GTPR       0x10u
#define USART_RTOR       0x14u
#define USART_RQR        0x18u
#define USART_ISR        0x1Cu
#define USART_ICR        0x20u
#define USART_RDR        0x24u
#define USART_TDR        0x28u
#define USART_PRESC      0x2Cu
#define USART_CR1_UE     0x00000001u
#define USART_CR1_RE     0x00000004u
#define USART_CR1_TE     0x00000008u
#define USART_CR1_RXNEIE 0x00000020u
#define USART_CR1_TCIE   0x00000040u
#define USART_CR1_TXEIE  0x00000080u
#define USART_CR1_FIFOEN 0x20000000u
#define USART_RQR_RXFRQ  0x00000008u
#define USART_ISR_PE     0x00000001u
#define USART_ISR_FE     0x00000002u
#define USART_ISR_ORE    0x00000008u
#define USART_ISR_RXNE   0x00000020u
#define USART_ISR_TC     0x00000040u
#define USART_ISR_TXE    0x00000080u
#define USART_ISR_TEACK  0x00200000u
#define USART_ISR_REACK  0x00400000u
#define USART_ICR_PECF   0x00000001u
#define USART_ICR_FECF   0x00000002u
#define USART_ICR_NCF    0x00000004u
#define USART_ICR_ORECF  0x00000008u
#define USART_ICR_IDLECF 0x00000010u

/* --- GPIO (RM0399 ch. 12) --- */
#define GPIOA_BASE 0x58020000u
#define GPIOC_BASE 0x58020800u
#define GPIOD_BASE 0x58020C00u
#define GPIO_MODER 0x00u
#define GPIO_PUPDR 0x0Cu
#define GPIO_IDR   0x10u
#define GPIO_AFRL  0x20u
#define GPIO_AFRH  0x24u

/* --- RTC backup registers (RM0399 ch. 51) --- */
#define RTC_BASE   0x58004000u
#define RTC_BKP0R  0x50u
#define RTC_BKP31R 0xCCu

/* --- ART, the instruction cache of the CM4 (RM0399 ch. 5) --- */
#define ART_BASE 0x40024400u

/* --- Core private bus (PM0253, PM0214); every core has its own at the same addresses --- */
#define SCS_BASE     0xE000E000u
#define SCS_ACTLR    0x008u
#define SCS_SYST_CSR 0x010u
#define SCS_SYST_RVR 0x014u
#define SCS_SYST_CVR 0x018u
#define SCS_ISER0    0x100u
#define SCS_ICER0    0x180u
#define SCS_ISPR0    0x200u
#define SCS_ICPR0    0x280u
#define SCS_IPR0     0x400u
#define SCS_CPUID    0xD00u
#define SCS_ICSR     0xD04u
#define SCS_VTOR     0xD08u
#define SCS_AIRCR    0xD0Cu
#define SCS_SCR      0xD10u
#define SCS_CCR      0xD14u
#define SCS_SHPR1    0xD18u
#define SCS_SHPR2    0xD1Cu
#define SCS_SHPR3    0xD20u
#define SCS_SHCSR    0xD24u
#define SCS_CFSR     0xD28u
#define SCS_HFSR     0xD2Cu
#define SCS_MMFAR    0xD34u
#define SCS_BFAR     0xD38u
#define SCS_CCSIDR   0xD80u
#define SCS_CSSELR   0xD84u
#define SCS_CPACR    0xD88u
#define SCS_MPU_TYPE 0xD90u
#define SCS_MPU_CTRL 0xD94u
#define SCS_MPU_RNR  0xD98u
#define SCS_MPU_RBAR 0xD9Cu
#define SCS_MPU_RASR 0xDA0u
#define SCS_DEMCR    0xDFCu
#define SCS_FPCCR    0xF34u
#define SCS_ICIALLU  0xF50u
#define SCS_DCIMVAC  0xF5Cu
#define SCS_DCISW    0xF60u
#define SCS_DCCMVAU  0xF64u
#define SCS_DCCMVAC  0xF68u
#define SCS_DCCSW    0xF6Cu
#define SCS_DCCIMVAC 0xF70u
#define SCS_DCCISW   0xF74u

#define SCS_SYST_CSR_ENABLE     0x00000001u
#define SCS_SYST_CSR_TICKINT    0x00000002u
#define SCS_SYST_CSR_CLKSOURCE  0x00000004u
#define SCS_ICSR_PENDSTCLR      0x02000000u
#define SCS_ICSR_PENDSVCLR      0x08000000u
#define SCS_AIRCR_VECTKEY       0x05FA0000u
#define SCS_AIRCR_SYSRESETREQ   0x00000004u
#define SCS_CFSR_PRECISERR      0x00000200u
#define SCS_CFSR_MMARVALID      0x00000080u
#define SCS_CFSR_BFARVALID      0x00008000u
#define SCS_SCR_SEVONPEND       0x00000010u
#define SCS_CCR_DIV_0_TRP       0x00000010u
#define SCS_CCR_BFHFNMIGN       0x00000100u
#define SCS_CCR_DC              0x00010000u
#define SCS_CCR_IC              0x00020000u
#define SCS_CPACR_CP10_CP11     0x00F00000u
#define SCS_DEMCR_TRCENA        0x01000000u
#define SCS_MPU_CTRL_ENABLE     0x00000001u
#define SCS_MPU_CTRL_HFNMIENA   0x00000002u
#define SCS_MPU_CTRL_PRIVDEFENA 0x00000004u
#define SCS_MPU_RBAR_VALID      0x00000010u
#define SCS_MPU_RASR_ENABLE     0x00000001u
#define SCS_MPU_RASR_SIZE       0x0000003Eu
#define SCS_MPU_RASR_SRD        0x0000FF00u
#define SCS_MPU_RASR_B          0x00010000u
#define SCS_MPU_RASR_C          0x00020000u
#define SCS_MPU_RASR_S          0x00040000u
#define SCS_MPU_RASR_TEX        0x00380000u
#define SCS_MPU_RASR_AP         0x07000000u
#define SCS_MPU_RASR_XN         0x10000000u

#define DWT_BASE           0xE0001000u
#define DWT_CTRL           0x000u
#define DWT_CYCCNT         0x004u
#define DWT_LAR            0xFB0u
#define DWT_CTRL_CYCCNTENA 0x00000001u

/* --- Interrupt numbers (RM0399 ch. 20) --- */
#define IRQ_FLASH    4u
#define IRQ_USART3   39u
#define IRQ_CM7_SEV  64u
#define IRQ_CM4_SEV  65u
#define IRQ_OTG_FS   101u /* RM0399 NVIC table; the SVD file has it and OTG_HS swapped */
#define IRQ_HSEM_CM7 125u
#define IRQ_HSEM_CM4 126u
#define IRQ_COUNT    150u

#endif
