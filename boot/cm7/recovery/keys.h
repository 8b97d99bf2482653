/* SPDX-License-Identifier: MIT */
/* Single keys on recovery's line, told from noise and from the words of programs. */
#ifndef DUO_BOOT_KEYS_H
#define DUO_BOOT_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define KEY_NONE   0u
#define KEY_CTRL_C 3u

/*
 * Takes what has arrived and returns a key once it has stood alone for `alone_ms`: neither noise
 * nor the words of a program (`sb` says "rb") are commands. Line ends after a key do not count.
 */
uint8_t key_input(const uint8_t *bytes, size_t n, uint32_t alone_ms);

/* Asks, and waits up to 20 s for a key, feeding the watchdogs. KEY_NONE: none came, or `a` or
 * Ctrl-C. */
uint8_t key_ask(const char *question);

#endif
