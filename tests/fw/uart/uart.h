/* SPDX-License-Identifier: MIT */
/*
 * UART test programs: set up and used in the order in which ST's HAL does it (RM0399, USART),
 * register by register. The M7 has USART3 (PD8, PD9), the M4 USART1 (PA9, PA10).
 */
#ifndef TESTS_FW_UART_H
#define TESTS_FW_UART_H

#include <stdbool.h>
#include <stdint.h>

#define REG(addr) (*(volatile uint32_t *)(uintptr_t)(addr))

#ifdef CORE_CM7
#define UART     0x40004800u
#define UART_IRQ 39
#define NAME     "cm7"
#else
#define UART     0x40011000u
#define UART_IRQ 37
#define NAME     "cm4"
#endif
#define CR1   REG(UART + 0x00)
#define CR2   REG(UART + 0x04)
#define CR3   REG(UART + 0x08)
#define BRR   REG(UART + 0x0C)
#define RTOR  REG(UART + 0x14)
#define RQR   REG(UART + 0x18)
#define ISR   REG(UART + 0x1C)
#define ICR   REG(UART + 0x20)
#define RDR   REG(UART + 0x24)
#define TDR   REG(UART + 0x28)
#define PRESC REG(UART + 0x2C)

#define UE     (1u << 0)
#define RE     (1u << 2)
#define TE     (1u << 3)
#define RXNEIE (1u << 5)
#define TCIE   (1u << 6)
#define TXEIE  (1u << 7)
#define FIFOEN (1u << 29)
#define EIE    (1u << 0)
#define TXFTIE (1u << 23)
#define RXFTIE (1u << 28)

#define ORE   (1u << 3)
#define IDLE  (1u << 4)
#define RXNE  (1u << 5)
#define TC    (1u << 6)
#define TXE   (1u << 7)
#define RTOF  (1u << 11)
#define TEACK (1u << 21)
#define REACK (1u << 22)
#define RXFF  (1u << 24)
#define RXFT  (1u << 26)
#define TXFT  (1u << 27)

/* The test itself; start.c calls it and prints PASS or the line that failed. */
int test_main(void);
void uart_irq(void);

/* Clocks, pins, UART with the given CR1 (without UE) and CR3; waits for TEACK and REACK. */
void uart_init(uint32_t cr1, uint32_t cr3);
void uart_off(void);
void put_byte(uint8_t byte);
void put_text(const char *text); /* polled */
void wait_for_interrupt(void);
void irq_on(void);

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond))                                                                               \
            return __LINE__;                                                                       \
    } while (0)
#define WAIT(cond)                                                                                 \
    do {                                                                                           \
    } while (!(cond))

#endif
