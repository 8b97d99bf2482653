/* SPDX-License-Identifier: MIT */
/* Inside of the UART backends: one port, and what differs between the kinds. */
#ifndef EMU_HOST_UART_PORT_H
#define EMU_HOST_UART_PORT_H

#include "emu/host/uart_backend.h"

#include <termios.h>

#define OUT_KEEP  4096  /* of what was sent before the first client */
#define OUT_SIZE  65536 /* a client that does not read loses what is older */
#define CTRL_QUIT 0x1D  /* Ctrl-] */

enum uart_kind { UART_STDIO, UART_PTY, UART_TCP, UART_FILE };

struct uart_backend {
    struct machine *m;
    struct uart *u;             /* NULL: it is joined to end */
    const struct line_end *end; /* NULL: to the UART */
    enum uart_kind kind;
    int in, out;    /* -1: none at present */
    int listen_fd;  /* TCP: the listening socket; pty: inotify of the slave's opens */
    int master;     /* pty */
    char link[256]; /* pty: a name of its own, removed at the end; "" none */
    int claim;      /* pty with a link: tells other boards that this one runs; -1 none */
    bool had_client;
    bool terminal; /* stdin is a terminal in raw mode */
    struct termios saved;
    uint8_t held[256]; /* read from the host, not yet taken by the UART */
    size_t held_len, held_pos;
    uint64_t moved; /* bytes, both directions */
    uint8_t outbuf[OUT_SIZE];
    size_t out_len;
};

bool uart_port_stdio(struct uart_backend *p, bool silent);
/* `link` not NULL: also found under this name, a symbolic link. */
bool uart_port_pty(struct uart_backend *p, const char *link, char *err, size_t errlen);
bool uart_port_tcp(struct uart_backend *p, const char *port, char *err, size_t errlen);
bool uart_port_file(struct uart_backend *p, const char *out, const char *in, bool append, char *err,
                    size_t errlen);
const char *uart_port_name(const struct uart_backend *p);
/* Pty and TCP: has a client come? */
void uart_port_connect(struct uart_backend *p);
/* The client is gone, or input has ended. */
void uart_port_disconnect(struct uart_backend *p);
void uart_port_close(struct uart_backend *p);

#endif
