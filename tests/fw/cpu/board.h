/* SPDX-License-Identifier: MIT */
/*
 * What the CPU tests need of a board: two places to run the same binary source. duoemu's STM32H745,
 * and QEMU's MPS2 boards with the same cores.
 */
#ifndef TEST_BOARD_H
#define TEST_BOARD_H

#include <stdint.h>

void board_init(void);
void board_putc(char c);
/* Ends the run where the board can (QEMU); elsewhere the line "END" does. */
void board_end(void);

/* An address where loads give a bus error. */
#define BAD_ADDR BOARD_BAD_ADDR
#ifdef BOARD_MPS2
#define BOARD_BAD_ADDR 0x30000000u
#else
#define BOARD_BAD_ADDR 0x20800000u
#ifdef BOARD_CM4
#define BOARD_RAM_END 0x30048000u
#else
#define BOARD_RAM_END 0x20020000u
#endif
#endif

/* Interrupt lines no device of either board drives. */
enum { LINE_A = 20, LINE_B = 21, LINE_C = 22, LINE_D = 23 };

#endif
