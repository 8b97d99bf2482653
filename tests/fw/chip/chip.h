/* SPDX-License-Identifier: MIT */
/*
 * Small test programs for the emulator: the register sequences that firmware built on vendor
 * libraries goes through, step by step from the reference manual (RM0399), with time-outs in ticks.
 */
#ifndef TESTS_FW_CHIP_H
#define TESTS_FW_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#define REG(addr) (*(volatile uint32_t *)(uintptr_t)(addr))
#define BIT(n)    (1u << (n))

#define RCC(off)    REG(0x58024400u + (off))
#define PWR(off)    REG(0x58024800u + (off))
#define SYSCFG(off) REG(0x58000400u + (off))
#define EXTI(off)   REG(0x58000000u + (off))
#define HSEM(off)   REG(0x58026400u + (off))
#define FLASH(off)  REG(0x52002000u + (off))
#define USART3(off) REG(0x40004800u + (off))
#define GPIOD(off)  REG(0x58020C00u + (off))
#define IWDG1(off)  REG(0x58004800u + (off))
#define IWDG2(off)  REG(0x58004C00u + (off))
#define WWDG1(off)  REG(0x50003000u + (off))
#define ART(off)    REG(0x40024400u + (off))
#define DBGMCU_IDC  REG(0x5C001000u)
#define SCB(off)    REG(0xE000E000u + (off))

enum {
    CR = 0x00,
    CFGR = 0x10,
    D1CFGR = 0x18,
    D2CFGR = 0x1C,
    D3CFGR = 0x20,
    PLLCKSELR = 0x28,
    PLLCFGR = 0x2C,
    PLL1DIVR = 0x30,
    PLL1FRACR = 0x34,
    D2CCIP2R = 0x54,
    CIER = 0x60,
    GCR = 0xA0,
    RSR = 0xD0,
    AHB3ENR = 0xD4,
    AHB1ENR = 0xD8,
    AHB4ENR = 0xE0,
    APB3ENR = 0xE4,
    APB1LENR = 0xE8,
    APB4ENR = 0xF4,
};
enum { CR_D2CKRDY = BIT(15) };
enum { PWR_CR1 = 0x00, PWR_CSR1 = 0x04, PWR_CR3 = 0x0C, PWR_CPU2CR = 0x14, PWR_D3CR = 0x18 };

/* Both cores see this; its words survive every reset but power-on. */
struct shared {
    uint32_t magic, stage;       /* m7: progress over resets */
    uint32_t command;            /* m7 -> m4 */
    uint32_t m4_state, m4_pings; /* m4 -> m7 */
    uint32_t m4_clock_khz;
};
#define SHARED       ((volatile struct shared *)0x38000000u)
#define SHARED_MAGIC 0x5EC0DEu

extern volatile uint32_t ticks;
extern void (*volatile irq_handlers[150])(void);

/* hal.c: the steps of the vendor's start-up and clock code */
void system_init(void); /* first thing after reset */
void hal_init(void);    /* priorities, tick of 1 ms */
bool wait_bits(volatile uint32_t *reg, uint32_t mask, uint32_t value, uint32_t timeout_ms);
bool supply_smps(void);           /* PWR_CR3, once */
bool voltage_scale(unsigned vos); /* 0 or 1 */
bool hse_bypass_on(void);
bool pll1_from_hse(uint32_t m, uint32_t n); /* P = 2 */
bool switch_to_pll(uint32_t latency);       /* SYSCLK / 2 = HCLK, / 2 = PCLK */
uint32_t cpu_hz(void); /* from the registers, as the vendor's update function */
void irq_enable(unsigned n);
__attribute__((noreturn)) void system_reset(void);

/* uart.c: polled transmission on USART3, 115200 baud */
void uart_init(uint32_t pclk_hz);
bool uart_idle(void); /* waits for the last byte */
void uart_off(void);
void print(const char *text);
void print_hex(uint32_t value);
/* Prints "ok WHAT" or "FAIL WHAT" and stops the program there. */
void expect(bool good, const char *what);
__attribute__((noreturn)) void pass(void);

static inline void dsb(void)
{
    __asm volatile("dsb\n isb" ::: "memory");
}

#endif
