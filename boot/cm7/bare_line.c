/* SPDX-License-Identifier: MIT */
#include "boot/cm7/bare_line.h"

#include "port/stm32h7/board.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"

#define UART(reg) REG_AT(BOARD_UART_BASE, USART_##reg)

#define KERNEL_HSI 3u /* RCC_D2CCIP2R: hsi_ker_ck */
/* A character at 115200 baud takes 5,600 cycles at 64 MHz; this ends if the line is dead. */
#define POLL_LIMIT      100000u
#define WATCHDOG_RELOAD 0xAAAAu /* IWDG_KR (RM0399 ch. 50) */

IN_FLASH static void connect_pin(uint32_t pin)
{
    const uint32_t shift = pin % 8u * 4u;
    volatile uint32_t *af = &REG_AT(BOARD_UART_PORT, pin < 8u ? GPIO_AFRL : GPIO_AFRH);
    volatile uint32_t *mode = &REG_AT(BOARD_UART_PORT, GPIO_MODER);

    *af = (*af & ~(0xFu << shift)) | (BOARD_UART_PIN_AF << shift);
    *mode = (*mode & ~(3u << (pin * 2u))) | (2u << (pin * 2u));
}

IN_FLASH void bare_line_open(void)
{
    REG(RCC, D2CCIP2R) = FIELD(RCC_D2CCIP2R_USART234578SEL, KERNEL_HSI);
    REG(RCC, AHB4ENR) |= BOARD_UART_PORT_EN;
    REG(RCC, APB1LENR) |= BOARD_UART_ENABLE;
    (void)REG(RCC, APB1LENR); /* the clocks need this long (RM0399, "RCC clock enable") */
    UART(BRR) = (CLOCK_HSI_HZ + DUO_UART_BAUD / 2u) / DUO_UART_BAUD;
    UART(CR1) = USART_CR1_TE | USART_CR1_RE | USART_CR1_UE;
    connect_pin(BOARD_UART_TX_PIN);
    connect_pin(BOARD_UART_RX_PIN);
}

IN_FLASH static void wait_for(uint32_t flag)
{
    for (uint32_t i = 0; i < POLL_LIMIT && !(UART(ISR) & flag); i++) {
    }
}

IN_FLASH void bare_line_say(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        wait_for(USART_ISR_TXE);
        UART(TDR) = (uint8_t)*c;
    }
    wait_for(USART_ISR_TC);
}

IN_FLASH void bare_line_feed(void)
{
    REG_AT(IWDG1_BASE, IWDG_KR) = WATCHDOG_RELOAD;
    REG_AT(IWDG2_BASE, IWDG_KR) = WATCHDOG_RELOAD;
}

IN_FLASH char bare_line_key(void)
{
    do {
        bare_line_feed();
        wait_for(USART_ISR_RXNE);
    } while (!(UART(ISR) & USART_ISR_RXNE));
    return (char)UART(RDR);
}
