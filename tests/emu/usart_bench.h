/* SPDX-License-Identifier: MIT */
/*
 * USART3 on the bench of single peripherals, with a listener at its line. 64 MHz kernel clock,
 * 115200 baud: BRR = 556.
 */
#ifndef TESTS_EMU_USART_BENCH_H
#define TESTS_EMU_USART_BENCH_H

#include "emu/chip/usart.h"
#include "tests/emu/periph_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> /* after the three above */

#define U3       0x40004800u
#define BRR      556
#define BIT_TIME (556 * VT_S / 64000000)
#define FRAME    (10 * BIT_TIME)
#define IRQ3     39
#define ON       (CR1_UE | CR1_TE | CR1_RE)

extern struct uart *u;
/* What left the chip, and when. */
extern uint8_t out[512];
extern vtime_t out_time[512];
extern size_t outs;

int setup(void **state);
uint32_t get(uint32_t reg);
void put(uint32_t reg, uint32_t value);
uint32_t isr(uint32_t mask);
/* Configures and lets the preamble of TE pass. */
void start(uint32_t cr1);
/* Characters from outside. */
void feed(const char *text);

#endif
