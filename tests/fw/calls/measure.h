/* SPDX-License-Identifier: MIT */
/* Time and stack of a call: paint() before it, measured() after it. No interrupt may come
 * meanwhile. */
#ifndef TEST_MEASURE_H
#define TEST_MEASURE_H

#include <stdint.h>

#include "tests/fw/calls/calls.h"

#define PAINTED 1024u /* bytes; more than a function may take, */
#define DEEP    6144u /* and more than one that verifies or serves may */
#define PIECE   200u

void start_timer(void);
uint32_t timer_us(void);
void paint(uint32_t bytes);
uint32_t measured(enum call call, uint32_t result);

#define CALL(what, expression)      (paint(PAINTED), measured(CALL_##what, (uint32_t)(expression)))
#define CALL_DEEP(what, expression) (paint(DEEP), measured(CALL_##what, (uint32_t)(expression)))
#define CALL_VOID(what, expression) (paint(PAINTED), (expression), (void)measured(CALL_##what, 0))

/* What a call returned that is wrong, or looks so. */
void odd(uint32_t status);

/* A client asks what runs, how the device is and for its log, and the answers are fetched. `now_ms`
 * is the server's time. */
void serve_client(uint32_t now_ms);
/* Counts from now on what is told of an update. */
void watch(void);
/* NULL where there should be something. */
void null_calls(void);
/* The calls that are alike on both cores. */
void mailbox_calls(void);

#endif
