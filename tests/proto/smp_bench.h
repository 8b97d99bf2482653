/* SPDX-License-Identifier: MIT */
/* The device's end of a line that speaks SMP: what has come, and what was sent. */
#ifndef TESTS_SMP_BENCH_H
#define TESTS_SMP_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/smp.h"
#include "proto/smp_line.h"

enum { BUFFER = 2048 };

extern struct duo_smp_line line;
extern uint32_t now_ms;
extern uint8_t sent[8192];
extern size_t sent_n;

/* smp 4.2.0: EchoWrite(d="hi"), sequence 0x42, version 2; raw, and as a line of the console. */
extern const uint8_t echo_message[14];
extern const char echo_line[28];

/* An idle line at 100 ms, and nothing sent. */
void start_line(void);

/* True when a message was complete with the last byte, and not before. */
bool feed(const void *bytes, size_t n);

/* For duo_smp_line_send(). */
void sends(void *ctx, const uint8_t *bytes, size_t n);

/* Where these bytes are in what was sent; NULL: nowhere. */
const uint8_t *find(const uint8_t *in, size_t size, const void *what, size_t n);

#endif
