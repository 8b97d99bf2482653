/* SPDX-License-Identifier: MIT */
/*
 * The outside of the UARTs: --uart USARTn=stdio|pty[:LINK]|tcp:PORT|file:PATH[,in=PATH][,append]
 * with [,baud=RATE] for a partner that has its own baud rate.
 *
 * Nothing here blocks. Output that nobody takes is lost as on a real line, except that the first
 * client of a pty or socket also gets the last 4 KiB sent before it came.
 */
#ifndef EMU_HOST_UART_BACKEND_H
#define EMU_HOST_UART_BACKEND_H

#include "emu/chip/chip.h"
#include "hostlib/files.h"

#include <poll.h>

#define UART_BACKENDS 10 /* 8 UARTs, and the buses of both FDCANs */

struct uart_backend;

struct uart_backends {
    struct machine *m;
    struct uart_backend *list[UART_BACKENDS];
    unsigned count;
};

/* What a port may be joined to instead of a UART. */
struct line_end {
    void *arg;
    const char *name;
    bool (*input)(void *arg, uint8_t byte); /* false: not now */
    bool (*room)(void *arg);                /* would input() take a byte? */
    void (*gone)(void *arg);                /* its client went */
};

void uart_backends_init(struct uart_backends *b, struct machine *m);
/* Parses and opens one; a pty or a TCP port is announced on stderr ("USART3 on /dev/pts/5").
 * `silent`: stdio prints nothing on stdout (a JSON result goes there). False with a message in err.
 */
bool uart_backends_add(struct uart_backends *b, const char *spec, bool silent, char *err,
                       size_t errlen);
/* The same for something else than a UART: "pty", "pty:PATH" or "tcp:PORT". NULL with a message. */
struct uart_backend *uart_backends_add_line(struct uart_backends *b, const struct line_end *end,
                                            const char *what, char *err, size_t errlen);
/* What that end sends; lost while there is no client. */
void uart_backend_put(struct uart_backend *p, const char *data, size_t len);
/* Notes the files that a specification names (hostlib/files.h); a wrong one names none. */
void uart_backend_files(const char *spec, struct files_named *files);
/* Some backend is a terminal, pty or socket: hold virtual time back to the wall clock. */
bool uart_backends_interactive(const struct uart_backends *b);
/* Input may still come: waiting for it is not waiting forever. */
bool uart_backends_open(const struct uart_backends *b);
/* What to wait for in poll(): fills at most `max` entries, returns how many. */
unsigned uart_backends_fds(const struct uart_backends *b, struct pollfd *fds, unsigned max);
/* How many bytes have gone over the lines so far, in both directions. */
uint64_t uart_backends_moved(const struct uart_backends *b);

/* Bytes that were read from the host wait, and the line has room for them again. */
bool uart_backends_held(const struct uart_backends *b);
/* Hands collected output to the host. */
void uart_backends_flush(struct uart_backends *b);
/* Takes what has come in, accepts clients; Ctrl-] on a terminal calls machine_stop(). */
void uart_backends_input(struct uart_backends *b);
/* Flushes, restores the terminal, closes. */
void uart_backends_close(struct uart_backends *b);

#endif
