/* SPDX-License-Identifier: MIT */
/* A serial port or pseudo-terminal, raw and without blocking. */
#ifndef DUO_TOOL_SERIAL_H
#define DUO_TOOL_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

struct serial {
    int fd;
    bool restore;
    struct termios before;
    char error[256]; /* why the last call failed */
};

/* Is this a rate that serial ports have? */
bool serial_knows(uint32_t baud);

/* Opens `path` at `baud`, 8N1, no flow control, and drops what was waiting. False: s->error. */
bool serial_open(struct serial *s, const char *path, uint32_t baud);
void serial_close(struct serial *s);

/* Waits up to `ms` for input (or, with want_write, for room) and reads: the number of bytes, 0 for
 * none, -1 when the port is gone (s->error). */
int serial_read(struct serial *s, uint8_t *bytes, size_t max, bool want_write, int ms);

/* Writes what fits now: the number of bytes, -1 when the port is gone (s->error). */
int serial_write(struct serial *s, const uint8_t *bytes, size_t n);

/* Milliseconds of a clock that never jumps; wraps. */
uint32_t serial_now(void);

#endif
