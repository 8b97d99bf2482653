/* SPDX-License-Identifier: MIT */
#include "boot/cm7/damaged.h"

#include "port/stm32h7/board.h"
#include "port/stm32h7/clock.h"
#include "port/stm32h7/cpu.h"

/* Every function here lies beside the reset code. */
#define IN_FLASH  __attribute__((section(".boot"), noinline, used))
#define UART(reg) REG_AT(BOARD_UART_BASE, USART_##reg)

#define KERNEL_HSI 3u /* RCC_D2CCIP2R: hsi_ker_ck */
/* A character at 115200 baud takes 5,600 cycles at 64 MHz; this ends if the line is dead. */
#define POLL_LIMIT 100000u

__attribute__((section(".boot_text"))) static const char words[] =
    "\r\nduoboot: error: the M7 bootloader in flash is damaged, so neither core is started; "
    "program boot_cm7.hex again\r\n";

IN_FLASH static void connect_pin(void)
{
    const uint32_t shift = BOARD_UART_TX_PIN % 8u * 4u;
    volatile uint32_t *af =
        &REG_AT(BOARD_UART_PORT, BOARD_UART_TX_PIN < 8u ? GPIO_AFRL : GPIO_AFRH);
    volatile uint32_t *mode = &REG_AT(BOARD_UART_PORT, GPIO_MODER);

    *af = (*af & ~(0xFu << shift)) | (BOARD_UART_PIN_AF << shift);
    *mode = (*mode & ~(3u << (BOARD_UART_TX_PIN * 2u))) | (2u << (BOARD_UART_TX_PIN * 2u));
}

IN_FLASH static void set_up_line(void)
{
    REG(RCC, D2CCIP2R) = FIELD(RCC_D2CCIP2R_USART234578SEL, KERNEL_HSI);
    REG(RCC, AHB4ENR) |= BOARD_UART_PORT_EN;
    REG(RCC, APB1LENR) |= BOARD_UART_ENABLE;
    (void)REG(RCC, APB1LENR); /* the clocks need this long (RM0399, "RCC clock enable") */
    UART(BRR) = (CLOCK_HSI_HZ + DUO_UART_BAUD / 2u) / DUO_UART_BAUD;
    UART(CR1) = USART_CR1_TE | USART_CR1_UE;
    connect_pin();
}

IN_FLASH static void wait_for(uint32_t flag)
{
    for (uint32_t i = 0; i < POLL_LIMIT && !(UART(ISR) & flag); i++) {
    }
}

IN_FLASH _Noreturn void damaged(void)
{
    set_up_line();
    for (const char *c = words; *c != '\0'; c++) {
        wait_for(USART_ISR_TXE);
        UART(TDR) = (uint8_t)*c;
    }
    wait_for(USART_ISR_TC);
    for (;;) {
        cpu_wfe();
    }
}
