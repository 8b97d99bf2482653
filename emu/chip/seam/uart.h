/* SPDX-License-Identifier: MIT */
/* USARTs: the outside of the line. */
#ifndef EMU_CHIP_SEAM_UART_H
#define EMU_CHIP_SEAM_UART_H

#include "emu/machine.h"

const char *uart_name(const struct uart *u); /* "USART3", "UART8", "LPUART1" */
/* NULL: there is none of that name (its first len characters). */
struct uart *uart_by_name(struct machine *m, const char *name, size_t len);
/* A byte from outside arrives on the line as soon as the line is free; false when the host-side
 * queue is full (4 KiB). */
bool uart_input(struct uart *u, uint8_t byte);
/* Bytes waiting on the outside of the line that the model has not yet shifted in. */
size_t uart_input_pending(const struct uart *u);

/* Would uart_input() take a byte now? */
bool uart_input_room(const struct uart *u);
/* Baud rate of the outside. 0, the default: the one the firmware last configured (UE 0 -> 1), kept
 * when a clock changes later. Before the firmware has configured one, bytes of the outside wait. */
void uart_set_partner_baud(struct uart *u, uint64_t baud);
/* May the UART with that interrupt wake a core from Stop (UESM, and a kernel clock that goes on)?
 */
bool uart_wakes(const struct machine *m, unsigned irq);
bool uart_busy(const struct uart *u);     /* transmitter or receiver mid-frame */
uint64_t uart_baud(const struct uart *u); /* 0 when disabled or its clock is off */

#endif
