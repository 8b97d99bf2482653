/* SPDX-License-Identifier: MIT */
/*
 * What the programs in this folder share: the handful of intrinsics and calls that people write
 * such code with. The programs are what a user might have written: they use none of duoboot's code.
 */
#ifndef BROKEN_USER_H
#define BROKEN_USER_H

#include <stdbool.h>
#include <stdint.h>

#define R32(addr) (*(volatile uint32_t *)(uintptr_t)(addr))

/* Core (PM0253 ch. 4) */
#define SYST_CSR       R32(0xE000E010u)
#define SYST_RVR       R32(0xE000E014u)
#define SYST_CVR       R32(0xE000E018u)
#define NVIC_ISER(irq) R32(0xE000E100u + 4u * ((irq) / 32u)) = 1u << (irq) % 32u
#define NVIC_ICER(irq) R32(0xE000E180u + 4u * ((irq) / 32u)) = 1u << (irq) % 32u
#define NVIC_ISPR(irq) R32(0xE000E200u + 4u * ((irq) / 32u)) = 1u << (irq) % 32u
#define NVIC_ICPR(irq) R32(0xE000E280u + 4u * ((irq) / 32u)) = 1u << (irq) % 32u
#define SCB_ICSR       R32(0xE000ED04u)
#define SCB_VTOR       R32(0xE000ED08u)
#define SCB_AIRCR      R32(0xE000ED0Cu)
#define SCB_SCR        R32(0xE000ED10u)
#define SCB_CPACR      R32(0xE000ED88u)
#define MPU_CTRL       R32(0xE000ED94u)
#define MPU_RNR        R32(0xE000ED98u)
#define MPU_RBAR       R32(0xE000ED9Cu)
#define MPU_RASR       R32(0xE000EDA0u)
/* Chip (RM0399) */
#define FLASH_ACR       R32(0x52002000u)
#define FLASH_KEYR1     R32(0x52002004u)
#define FLASH_OPTKEYR   R32(0x52002008u)
#define FLASH_CR1       R32(0x5200200Cu)
#define FLASH_SR1       R32(0x52002010u)
#define FLASH_CCR1      R32(0x52002014u)
#define FLASH_OPTCR     R32(0x52002018u)
#define FLASH_OPTSR_PRG R32(0x52002020u)
#define FLASH_KEYR2     R32(0x52002104u)
#define FLASH_CR2       R32(0x5200210Cu)
#define FLASH_SR2       R32(0x52002110u)
#define FLASH_CCR2      R32(0x52002114u)
#define RCC_CR          R32(0x58024400u)
#define RCC_CFGR        R32(0x58024410u)
#define RCC_D1CFGR      R32(0x58024418u)
#define RCC_D2CFGR      R32(0x5802441Cu)
#define RCC_D3CFGR      R32(0x58024420u)
#define RCC_PLLCKSELR   R32(0x58024428u)
#define RCC_PLLCFGR     R32(0x5802442Cu)
#define RCC_PLL1DIVR    R32(0x58024430u)
#define RCC_D2CCIP2R    R32(0x58024454u)
#define RCC_AHB4RSTR    R32(0x58024488u)
#define RCC_APB1LRSTR   R32(0x58024490u)
#define RCC_GCR         R32(0x580244A0u)
#define RCC_AHB1ENR     R32(0x580244D8u)
#define RCC_AHB4ENR     R32(0x580244E0u)
#define RCC_APB1LENR    R32(0x580244E8u)
#define PWR_CR1         R32(0x58024800u)
#define PWR_CSR1        R32(0x58024804u)
#define PWR_CR3         R32(0x5802480Cu)
#define PWR_CPUCR       R32(0x58024810u)
#define PWR_CPU2CR      R32(0x58024814u)
#define PWR_D3CR        R32(0x58024818u)
#define HSEM_R(n)       R32(0x58026400u + 4u * (n))
#define HSEM_RLR(n)     R32(0x58026480u + 4u * (n))
#define HSEM_C2IER      R32(0x58026510u)
#define HSEM_C2ICR      R32(0x58026514u)
#define EXTI_C2EMR3     R32(0x580000E4u)
#define IWDG1_KR        R32(0x58004800u)
#define IWDG1_PR        R32(0x58004804u)
#define IWDG1_RLR       R32(0x58004808u)
#define USART3_CR1      R32(0x40004800u)
#define USART3_BRR      R32(0x4000480Cu)
#define USART3_ISR      R32(0x4000481Cu)
#define USART3_TDR      R32(0x40004828u)
#define GPIOD_MODER     R32(0x58020C00u)
#define GPIOD_AFRH      R32(0x58020C24u)
#define DMA1_S0CR       R32(0x40020010u)
#define DMA1_S0NDTR     R32(0x40020014u)

#ifdef CORE_CM7
#define APP 0x08020000u
#else
#define APP 0x08120000u
#endif

static inline void __disable_irq(void)
{
    __asm volatile("cpsid i" ::: "memory");
}

static inline void __enable_irq(void)
{
    __asm volatile("cpsie i" ::: "memory");
}

static inline __attribute__((always_inline)) void __set_MSP(uint32_t sp)
{
    __asm volatile("msr msp, %0" ::"r"(sp));
}

static inline void __DSB(void)
{
    __asm volatile("dsb" ::: "memory");
}

static inline void __ISB(void)
{
    __asm volatile("isb" ::: "memory");
}

static inline void __WFI(void)
{
    __asm volatile("wfi" ::: "memory");
}

static inline void __WFE(void)
{
    __asm volatile("wfe" ::: "memory");
}

/* PD8 is USART3's TX; without it nothing leaves the chip. */
static inline void usart3_pin(void)
{
    RCC_AHB4ENR |= 1u << 3;
    (void)RCC_AHB4ENR;
    GPIOD_AFRH = 7u;
    GPIOD_MODER = (GPIOD_MODER & ~(3u << 16)) | 2u << 16;
}

/* ... and its port as after reset. */
static inline void usart3_pin_off(void)
{
    RCC_AHB4RSTR |= 1u << 3;
    (void)RCC_AHB4RSTR;
    RCC_AHB4RSTR &= ~(1u << 3);
    RCC_AHB4ENR &= ~(1u << 3);
}

/* The jump as it should be: nothing of C between the new stack pointer and the branch. */
__attribute__((noreturn)) void jump_right(uint32_t app);

/* Millisecond tick by SysTick from the 64 MHz that a reset leaves, and a delay that waits for it.
 */
void tick_start(void);
extern volatile uint32_t ticks;
void delay(uint32_t ms);

/* Counts up while the application is alive. */
extern volatile uint32_t heartbeat;

/* The end of the road, as generated projects have it. */
__attribute__((noreturn)) void Error_Handler(void);

int main(void);
/* Handlers a program may define. */
void SysTick_Handler(void);
void USART3_Handler(void);
void EXTI15_10_Handler(void);
void HardFault_Handler(void);
/* Called first of all, before .data and .bss exist; a program may define its own. */
void SystemInit(void);

#endif
