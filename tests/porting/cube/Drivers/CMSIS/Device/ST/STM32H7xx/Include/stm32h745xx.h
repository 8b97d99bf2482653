/* SPDX-License-Identifier: MIT */
/* Stand-in for ST's device header: the registers that the example and the stand-in's HAL use, with
 * ST's names (RM0399). */
#ifndef STM32H745XX_H
#define STM32H745XX_H

#define DUAL_CORE

typedef enum {
    SVCall_IRQn = -5,
    PendSV_IRQn = -2,
    SysTick_IRQn = -1,
    USART3_IRQn = 39,
    HSEM1_IRQn = 125,
    HSEM2_IRQn = 126
} IRQn_Type;

#define __NVIC_PRIO_BITS 4U

#if defined(CORE_CM7)
#include "core_cm7.h"
#elif defined(CORE_CM4)
#include "core_cm4.h"
#else
#error "define CORE_CM7 or CORE_CM4"
#endif
#include "system_stm32h7xx.h"

typedef struct {
    __IO uint32_t CR;
    uint32_t RESERVED1[3];
    __IO uint32_t CFGR;
    uint32_t RESERVED2;
    __IO uint32_t D1CFGR;
    __IO uint32_t D2CFGR;
    __IO uint32_t D3CFGR;
    uint32_t RESERVED3[12];
    __IO uint32_t D2CCIP2R;
    uint32_t RESERVED4[34];
    __IO uint32_t AHB4ENR;
    uint32_t RESERVED5;
    __IO uint32_t APB1LENR;
    uint32_t RESERVED6[2];
    __IO uint32_t APB4ENR;
} RCC_TypeDef;

typedef struct {
    __IO uint32_t CR1;
    __IO uint32_t CSR1;
    __IO uint32_t CR2;
    __IO uint32_t CR3;
    __IO uint32_t CPUCR;
    __IO uint32_t CPU2CR;
    __IO uint32_t D3CR;
} PWR_TypeDef;

typedef struct {
    __IO uint32_t MODER;
    __IO uint32_t OTYPER;
    __IO uint32_t OSPEEDR;
    __IO uint32_t PUPDR;
    __IO uint32_t IDR;
    __IO uint32_t ODR;
    __IO uint32_t BSRR;
    __IO uint32_t LCKR;
    __IO uint32_t AFR[2];
} GPIO_TypeDef;

typedef struct {
    __IO uint32_t CR1;
    __IO uint32_t CR2;
    __IO uint32_t CR3;
    __IO uint32_t BRR;
    __IO uint32_t GTPR;
    __IO uint32_t RTOR;
    __IO uint32_t RQR;
    __IO uint32_t ISR;
    __IO uint32_t ICR;
    __IO uint32_t RDR;
    __IO uint32_t TDR;
    __IO uint32_t PRESC;
} USART_TypeDef;

typedef struct {
    __IO uint32_t R[32];
    __IO uint32_t RLR[32];
} HSEM_TypeDef;

/* One for each core. */
typedef struct {
    __IO uint32_t IER;
    __IO uint32_t ICR;
    __IO uint32_t ISR;
    __IO uint32_t MISR;
} HSEM_Common_TypeDef;

/* One for each core. */
typedef struct {
    __IO uint32_t IMR1;
    __IO uint32_t EMR1;
    __IO uint32_t PR1;
    uint32_t RESERVED1;
    __IO uint32_t IMR2;
    __IO uint32_t EMR2;
    __IO uint32_t PR2;
    uint32_t RESERVED2;
    __IO uint32_t IMR3;
    __IO uint32_t EMR3;
    __IO uint32_t PR3;
} EXTI_Core_TypeDef;

#define RCC     ((RCC_TypeDef *)0x58024400UL)
#define PWR     ((PWR_TypeDef *)0x58024800UL)
#define GPIOB   ((GPIO_TypeDef *)0x58020400UL)
#define GPIOD   ((GPIO_TypeDef *)0x58020C00UL)
#define USART3  ((USART_TypeDef *)0x40004800UL)
#define HSEM    ((HSEM_TypeDef *)0x58026400UL)
#define EXTI_D2 ((EXTI_Core_TypeDef *)0x580000C0UL)

#if defined(CORE_CM7)
#define HSEM_COMMON ((HSEM_Common_TypeDef *)0x58026500UL)
#else
#define HSEM_COMMON ((HSEM_Common_TypeDef *)0x58026510UL)
#endif

#define FLASH_BANK1_BASE 0x08000000UL
#define FLASH_BANK2_BASE 0x08100000UL

#define PWR_CR3_BYPASS        (1UL << 0)
#define PWR_CR3_LDOEN         (1UL << 1)
#define PWR_CR3_SMPSEN        (1UL << 2)
#define PWR_CSR1_ACTVOSRDY    (1UL << 13)
#define PWR_CR1_LPDS          (1UL << 0)
#define PWR_CPU2CR_PDDS_D2    (1UL << 1)
#define PWR_D3CR_VOSRDY       (1UL << 13)
#define PWR_D3CR_VOS          (3UL << 14)
#define RCC_CR_HSION          (1UL << 0)
#define RCC_CR_HSIRDY         (1UL << 2)
#define RCC_CFGR_SWS          (7UL << 3)
#define RCC_AHB4ENR_GPIOBEN   (1UL << 1)
#define RCC_AHB4ENR_GPIODEN   (1UL << 3)
#define RCC_AHB4ENR_HSEMEN    (1UL << 25)
#define RCC_APB1LENR_USART3EN (1UL << 18)
#define RCC_APB4ENR_SYSCFGEN  (1UL << 1)

#define HSEM_RLR_LOCK       (1UL << 31)
#define HSEM_CR_COREID_CPU1 0x00000300UL
#define HSEM_CR_COREID_CPU2 0x00000100UL
#if defined(CORE_CM7)
#define HSEM_CR_COREID_CURRENT HSEM_CR_COREID_CPU1
#else
#define HSEM_CR_COREID_CURRENT HSEM_CR_COREID_CPU2
#endif

#define USART_CR1_UE             (1UL << 0)
#define USART_CR1_RE             (1UL << 2)
#define USART_CR1_TE             (1UL << 3)
#define USART_CR1_RXNEIE_RXFNEIE (1UL << 5)
#define USART_CR1_FIFOEN         (1UL << 29)
#define USART_CR3_TXFTCFG        (7UL << 29)
#define USART_CR3_RXFTCFG        (7UL << 25)
#define USART_ISR_RXNE_RXFNE     (1UL << 5)
#define USART_ISR_TC             (1UL << 6)
#define USART_ISR_TXE_TXFNF      (1UL << 7)
#define USART_ICR_PECF           (1UL << 0)
#define USART_ICR_FECF           (1UL << 1)
#define USART_ICR_NECF           (1UL << 2)
#define USART_ICR_ORECF          (1UL << 3)

#endif
