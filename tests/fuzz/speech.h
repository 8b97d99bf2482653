/* SPDX-License-Identifier: MIT */
/* What comes on a line, told by an input: silences, keys, noise, and sentences of each protocol
 * that are right or nearly so. */
#ifndef TESTS_FUZZ_SPEECH_H
#define TESTS_FUZZ_SPEECH_H

#include "tests/fuzz/fuzz.h"

/* Files that can be sent; the memory stays the caller's. */
#define SPEECH_FILES 8u
void speech_offer(unsigned number, const uint8_t *bytes, uint32_t size);

void speech_start(void);

/* Up to `max` bytes that have come by this time. */
size_t speech_next(struct fuzz_input *in, uint32_t now_ms, uint8_t *bytes, size_t max);

/* A key, when nothing else is on its way. */
void speech_key(char key);

/* Nothing more is on its way. */
bool speech_over(uint32_t now_ms);

/* What the device says: every byte is looked at, and with DUO_FUZZ_SHOW=1 shown. */
void speech_hear(const void *bytes, size_t n);

#endif
