/* SPDX-License-Identifier: MIT */
/*
 * The receiver with somebody at the other end who sends bytes one by one, and writes down all it
 * says and does: replies as C G A N X (cancel), calls of its operations in brackets.
 */
#ifndef TESTS_PROTO_RX_BENCH_H
#define TESTS_PROTO_RX_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/ymodem_rx.h"

extern struct duo_ymodem_rx rx;
extern const struct duo_ymodem_rx_ops ops;
/* What the operations answer to the next file, block or end. */
extern enum duo_ymodem_answer next_answer;

void start(bool streaming);
void start_with(const struct duo_ymodem_rx_config *config);
void wait_ms(uint32_t ms);

/* What the sender puts on the line. */
void feed(const void *bytes, size_t n);
void feed_byte(uint8_t byte);
void block(uint8_t number, size_t n, uint8_t fill);
void block_checksum(uint8_t number, size_t n, uint8_t fill);
/* A header with the text after the name as given. */
void header(const char *name, const char *rest);
/* A file "f" up to the request for its first block, which is forgotten. */
void begin_file(const char *size);

/* All that was written down since the last call is this, and is forgotten. */
void expect(const char *text);
void forget(void);

#endif
