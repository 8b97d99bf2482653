/* SPDX-License-Identifier: MIT */
/* The product's link: here USART3 on PD8 and PD9, the Nucleo's virtual COM port, 115200 baud. */
#ifndef EXAMPLE_LINE_H
#define EXAMPLE_LINE_H

#include <stddef.h>
#include <stdint.h>

void line_start(void);

/* Takes up to `max` bytes that have come; 0: none. */
size_t line_read(uint8_t *to, size_t max);

/* Returns when the last byte is on its way. One task only. */
void line_write(const uint8_t *bytes, size_t n);

/* Returns when all of it has left. */
void line_flush(void);

void line_say(const char *text);

#endif
