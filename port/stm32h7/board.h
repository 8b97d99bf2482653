/* SPDX-License-Identifier: MIT */
/*
 * The board: everything that changes when the same chip sits on another PCB. This is the porting
 * seam; a new board is a new copy of this file.
 *
 * Here: ST Nucleo-H745ZI-Q. USART3 on PD8/PD9 is the ST-LINK's virtual COM port, the blue button on
 * PC13 reads 1 while pressed (external pull-down), the core is fed by the SMPS directly.
 */
#ifndef DUO_BOARD_H
#define DUO_BOARD_H

#include "chip/stm32h7/regs.h"

#define BOARD_NAME "nucleo-h745zi-q"

/*
 * Low byte of PWR_CR3. It can be written once after power-on and must match the wiring of the
 * board: a wrong value stops the chip until power is removed (RM0399 PWR_CR3). Applications must
 * agree with it.
 */
#define BOARD_SUPPLY PWR_CR3_SDEN

/* Serial line of recovery: 8 data bits, no parity, one stop bit, DUO_UART_BAUD. */
#define BOARD_UART_BASE    USART3_BASE
#define BOARD_UART_IRQ     IRQ_USART3
#define BOARD_UART_ENABLE  RCC_APB1LENR_USART3EN
#define BOARD_UART_PORT    GPIOD_BASE
#define BOARD_UART_PORT_EN RCC_AHB4ENR_GPIODEN
#define BOARD_UART_TX_PIN  8u
#define BOARD_UART_RX_PIN  9u
#define BOARD_UART_PIN_AF  7u

/* Held at reset, it enters recovery. */
#define BOARD_BUTTON_PORT    GPIOC_BASE
#define BOARD_BUTTON_PORT_EN RCC_AHB4ENR_GPIOCEN
#define BOARD_BUTTON_PIN     13u
#define BOARD_BUTTON_PRESSED 1u

#endif
