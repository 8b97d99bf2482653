/* SPDX-License-Identifier: MIT */
/*
 * The line that recovery serves. Nothing in recovery knows what carries it: another transport is a
 * file like line_uart.c and the choice in line.c.
 */
#ifndef DUO_BOOT_LINE_H
#define DUO_BOOT_LINE_H

#include <stddef.h>
#include <stdint.h>

struct duo_line {
    /* Sets it up from any state; what was queued is lost. */
    void (*start)(void);

    /* Takes up to `max` bytes that have come; returns how many. Never waits. */
    size_t (*read)(uint8_t *bytes, size_t max);

    /* Queues `n` bytes, and waits for room if need be; on a dead line they are lost after a while.
     */
    void (*write)(const void *bytes, size_t n);

    /* Bytes that write() takes now without waiting. */
    size_t (*room)(void);

    /* Waits, 100 ms or so at most, until all that is queued has gone. */
    void (*flush)(void);

    /* Time in ms since some moment, for time-outs; runs on while the flash works. */
    uint32_t (*now)(void);
};

extern const struct duo_line *const line;

/* The transports there are. */
extern const struct duo_line line_uart;

#endif
