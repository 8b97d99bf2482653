/* SPDX-License-Identifier: MIT */
/*
 * Firmware in the manner of a vendor's hardware layer and generated projects: a tick with
 * time-outs, clock set-up that checks what it finds, peripherals by handle functions. Own code, for
 * the tests of the doctor; it uses nothing of duoboot and nothing of examples/broken.
 */
#ifndef VENDOR_HAL_H
#define VENDOR_HAL_H

#include <stdbool.h>
#include <stdint.h>

#define REG(addr) (*(volatile uint32_t *)(uintptr_t)(addr))

#define SYST_CSR    REG(0xE000E010)
#define SYST_RVR    REG(0xE000E014)
#define SYST_CVR    REG(0xE000E018)
#define NVIC_ISER   ((volatile uint32_t *)0xE000E100)
#define NVIC_ICER   ((volatile uint32_t *)0xE000E180)
#define NVIC_ICPR   ((volatile uint32_t *)0xE000E280)
#define NVIC_IPR    ((volatile uint8_t *)0xE000E400)
#define SCB_ICSR    REG(0xE000ED04)
#define SCB_VTOR    REG(0xE000ED08)
#define SCB_AIRCR   REG(0xE000ED0C)
#define SCB_SCR     REG(0xE000ED10)
#define SCB_CCR     REG(0xE000ED14)
#define SCB_SHPR3   REG(0xE000ED20)
#define SCB_SHCSR   REG(0xE000ED24)
#define SCB_CPACR   REG(0xE000ED88)
#define RCC_CR      REG(0x58024400)
#define RCC_CFGR    REG(0x58024410)
#define RCC_D1CFGR  REG(0x58024418)
#define RCC_D2CFGR  REG(0x5802441C)
#define RCC_D3CFGR  REG(0x58024420)
#define RCC_PLLSEL  REG(0x58024428)
#define RCC_PLLCFG  REG(0x5802442C)
#define RCC_PLL1DIV REG(0x58024430)
#define RCC_GCR     REG(0x580244A0)
#define RCC_RSTR(n)                                                                                \
    REG(0x5802447C + 4 * (n)) /* AHB3, AHB1, AHB2, AHB4, APB3, APB1L, APB1H, APB2, APB4 */
#define RCC_ENR(n)  REG(0x580244D4 + 4 * (n))
#define PWR_CR3     REG(0x5802480C)
#define PWR_CSR1    REG(0x58024804)
#define PWR_D3CR    REG(0x58024818)
#define FLASH_ACR   REG(0x52002000)
#define USART3      0x40004800u
#define GPIOB       0x58020400u
#define GPIOD       0x58020C00u
#define HSEM_R(n)   REG(0x58026400 + 4 * (n))
#define HSEM_RLR(n) REG(0x58026480 + 4 * (n))

enum bus { AHB3, AHB1, AHB2, AHB4, APB3, APB1L, APB1H, APB2, APB4, BUSES };
typedef enum { HAL_OK, HAL_ERROR, HAL_BUSY, HAL_TIMEOUT } status_t;

extern uint32_t SystemCoreClock;

__attribute__((used)) void SystemInit(void);
void HAL_Init(void);
void HAL_DeInit(void);
void HAL_IncTick(void);
uint32_t HAL_GetTick(void);
void HAL_Delay(uint32_t ms);
status_t HAL_RCC_DeInit(void);
void Error_Handler(void);
void stop_tick(void);
void clear_interrupts(void); /* NVIC: disabled, none pending */

/* The generated functions of a project: supply, VOS1, PLL1 from HSI at 400 MHz, bus dividers. */
void SystemClock_Config(void);
void MX_USART3_Init(void);
void HAL_UART_Transmit(const char *text);
void HAL_UART_DeInit(void);
void LED_Init(unsigned pin);
void LED_Toggle(unsigned pin);
void MPU_Config(void);
void SCB_EnableCaches(void);
void SCB_DisableCaches(void);
/* The boot handshake of dual-core projects, each half. */
void Wait_CPU2_Stopped(void);
void Wake_CPU2(void);
void Stop_Until_Woken(void);

static inline void cpsid(void)
{
    __asm volatile("cpsid i" ::: "memory");
}

static inline void cpsie(void)
{
    __asm volatile("cpsie i" ::: "memory");
}

static inline void barrier(void)
{
    __asm volatile("dsb\n isb" ::: "memory");
}

#endif
