/* SPDX-License-Identifier: MIT */
/*
 * The board's serial line (board.h): 8N1, interrupt driven, a ring each way. One instance.
 *
 * Whoever uses it points the interrupt vector of BOARD_UART_IRQ to usart_isr().
 */
#ifndef DUO_USART_H
#define DUO_USART_H

#include <stddef.h>
#include <stdint.h>

/* Sets up pins, clock and interrupt. The baud rate comes from HSI and does not depend on PLLs. */
void usart_start(uint32_t baud);

/* Waits until the last bit is on the line (at most some 100 ms), then gives everything back. */
void usart_stop(void);

/* Takes up to `max` received bytes; returns how many, 0 if there are none. Never waits. */
size_t usart_read(uint8_t *bytes, size_t max);

/* Queues `n` bytes; waits for room in the ring, which the line makes at its own speed. When it has
 * made none for some 100 ms it is dead, and what has no room is lost until it makes some again. */
void usart_write(const void *bytes, size_t n);

/* Bytes usart_write() takes now without waiting. */
size_t usart_room(void);

/* Waits until everything queued is on the line. */
void usart_flush(void);

/* Bytes lost because nobody took them in time, or that arrived damaged, since usart_start. */
uint32_t usart_lost(void);

void usart_isr(void);

/*
 * For fault handlers: sets the line up from any state and writes by polling, without interrupts and
 * rings. Bounded even if the line never becomes ready.
 */
void usart_panic(uint32_t baud, const char *text);

/* After usart_panic(): a byte that has come, or -1. Never waits. */
int usart_panic_key(void);

#endif
