/* SPDX-License-Identifier: MIT */
#include "emu/host/uart_backend.h"

#include "emu/host/uart_port.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- output ---- */

static bool waits_for_client(const struct uart_backend *p)
{
    return p->out < 0 && (p->kind == UART_PTY || p->kind == UART_TCP);
}

static void drop_oldest(struct uart_backend *p, size_t n)
{
    memmove(p->outbuf, p->outbuf + n, p->out_len - n);
    p->out_len -= n;
}

static void flush(struct uart_backend *p)
{
    size_t done = 0;

    while (p->out >= 0 && done < p->out_len) {
        ssize_t n = write(p->out, p->outbuf + done, p->out_len - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && errno != EAGAIN) { /* nobody there any more */
            done = p->out_len;
            if (p->kind == UART_PTY || p->kind == UART_TCP) {
                uart_port_disconnect(p);
            } else {
                p->out = -1;
            }
        } else {
            break;
        }
    }
    if (done && p->out_len) {
        drop_oldest(p, done);
    }
}

static void put_byte(struct uart_backend *p, uint8_t byte)
{
    p->moved++;
    if (waits_for_client(p)) {
        if (p->had_client) {
            return; /* unplugged */
        }
        if (p->out_len == OUT_KEEP) {
            drop_oldest(p, OUT_KEEP / 4);
        }
    } else if (p->out < 0) {
        return;
    }
    if (p->out_len == OUT_SIZE) {
        drop_oldest(p, OUT_SIZE / 4);
    }
    p->outbuf[p->out_len++] = byte;
    if (byte == '\n' || p->out_len == OUT_SIZE / 2) {
        flush(p);
    }
}

void uart_backend_put(struct uart_backend *p, const char *data, size_t len)
{
    for (size_t i = 0; i < len && p->out >= 0; i++) {
        put_byte(p, (uint8_t)data[i]);
    }
}

static void on_uart(void *arg, unsigned uart, uint8_t byte, vtime_t when)
{
    const struct uart_backends *b = arg;

    (void)when;
    for (unsigned i = 0; i < b->count; i++) {
        if (b->list[i]->u == b->m->uart[uart]) {
            put_byte(b->list[i], byte);
        }
    }
}

void uart_backends_init(struct uart_backends *b, struct machine *m)
{
    memset(b, 0, sizeof(*b));
    b->m = m;
    machine_observe(m, &(struct observer){.arg = b, .on_uart = on_uart});
    signal(SIGPIPE, SIG_IGN); /* a client or a pipe that goes away is no reason to die */
}

uint64_t uart_backends_moved(const struct uart_backends *b)
{
    uint64_t moved = 0;

    for (unsigned i = 0; i < b->count; i++) {
        moved += b->list[i]->moved;
    }
    return moved;
}

static bool has_room(const struct uart_backend *p)
{
    return p->u ? uart_input_room(p->u) : p->end->room(p->end->arg);
}

static bool hand_in(const struct uart_backend *p, uint8_t byte)
{
    return p->u ? uart_input(p->u, byte) : p->end->input(p->end->arg, byte);
}

bool uart_backends_held(const struct uart_backends *b)
{
    for (unsigned i = 0; i < b->count; i++) {
        if (b->list[i]->held_len && has_room(b->list[i])) {
            return true;
        }
    }
    return false;
}

void uart_backends_flush(struct uart_backends *b)
{
    for (unsigned i = 0; i < b->count; i++) {
        if (b->list[i]->out_len) {
            flush(b->list[i]);
        }
    }
}

/* ---- input ---- */

static void push(struct uart_backend *p)
{
    while (p->held_pos < p->held_len) {
        if (p->terminal && p->held[p->held_pos] == CTRL_QUIT) {
            machine_stop(p->m);
            p->held_pos++;
            continue;
        }
        if (!hand_in(p, p->held[p->held_pos])) {
            return; /* the line is behind: the host waits */
        }
        p->held_pos++;
        p->moved++;
    }
    p->held_pos = p->held_len = 0;
}

static void take(struct uart_backend *p)
{
    push(p);
    while (p->in >= 0 && !p->held_len) {
        ssize_t n = read(p->in, p->held, sizeof(p->held));
        if (n > 0) {
            p->held_len = (size_t)n;
            push(p);
        } else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        } else { /* end of file, EIO of a pty without client, reset connection */
            uart_port_disconnect(p);
        }
        if (p->kind == UART_STDIO) {
            return; /* stdin may be shared and is left blocking: one read for one poll */
        }
    }
}

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) > 0;
}

void uart_backends_input(struct uart_backends *b)
{
    for (unsigned i = 0; i < b->count; i++) {
        struct uart_backend *p = b->list[i];
        if (p->kind != UART_STDIO || (p->in >= 0 && readable(p->in))) {
            take(p); /* first: it may see that the old client is gone */
        } else {
            push(p);
        }
        if (p->listen_fd >= 0) {
            uart_port_connect(p);
        }
    }
}

unsigned uart_backends_fds(const struct uart_backends *b, struct pollfd *fds, unsigned max)
{
    unsigned n = 0;

    for (unsigned i = 0; i < b->count && n + 2 <= max; i++) {
        const struct uart_backend *p = b->list[i];
        /* With bytes held back the line is the bottleneck; polling would only spin. */
        short in = p->in >= 0 && !p->held_len ? POLLIN : 0;
        short out = p->out >= 0 && p->out_len ? POLLOUT : 0;
        if (in || (out && p->out == p->in)) {
            fds[n++] =
                (struct pollfd){.fd = p->in, .events = (short)(in | (p->out == p->in ? out : 0))};
        }
        if (p->listen_fd >= 0 && (p->kind == UART_TCP || p->in < 0)) {
            fds[n++] = (struct pollfd){.fd = p->listen_fd, .events = POLLIN};
        }
    }
    return n;
}

bool uart_backends_interactive(const struct uart_backends *b)
{
    for (unsigned i = 0; i < b->count; i++) {
        const struct uart_backend *p = b->list[i];
        if (p->kind == UART_PTY || p->kind == UART_TCP || p->terminal) {
            return true;
        }
    }
    return false;
}

bool uart_backends_open(const struct uart_backends *b)
{
    for (unsigned i = 0; i < b->count; i++) {
        if (b->list[i]->in >= 0 || b->list[i]->listen_fd >= 0 || b->list[i]->held_len) {
            return true;
        }
    }
    return false;
}

/* ---- opening ---- */

struct spec {
    struct uart *u;
    char what[1024]; /* a copy that is cut at its commas */
    const char *kind, *in;
    bool append;
    uint64_t baud;
};

static bool parse_modifier(struct spec *s, char *text)
{
    char *end;

    if (strcmp(text, "append") == 0) {
        return s->append = true;
    }
    if (strncmp(text, "in=", 3) == 0) {
        s->in = text + 3;
        return true;
    }
    if (strncmp(text, "baud=", 5) != 0) {
        return false;
    }
    s->baud = strtoull(text + 5, &end, 10);
    return text[5] && !*end && s->baud >= 50 && s->baud <= 20000000;
}

/* What follows the name of the UART: "file:PATH,in=PATH". */
static bool parse_what(struct spec *s, const char *text, char *err, size_t errlen)
{
    char *rest = NULL;

    memset(s, 0, sizeof(*s));
    if ((size_t)snprintf(s->what, sizeof(s->what), "%s", text) >= sizeof(s->what)) {
        snprintf(err, errlen, "the path is too long");
        return false;
    }
    s->kind = strtok_r(s->what, ",", &rest);
    for (char *mod = strtok_r(NULL, ",", &rest); mod; mod = strtok_r(NULL, ",", &rest)) {
        if (!parse_modifier(s, mod)) {
            snprintf(err, errlen, "'%s' is not in=PATH, append or baud=50..20000000", mod);
            return false;
        }
    }
    return true;
}

static bool parse(struct spec *s, struct machine *m, const char *text, char *err, size_t errlen)
{
    size_t name = strcspn(text, "=");
    struct uart *u = uart_by_name(m, text, name);

    if (!u || !text[name]) {
        snprintf(err, errlen,
                 "expected USART1=, 2, 3 or 6, UART4=, 5, 7 or 8, or LPUART1=, and stdio, "
                 "pty, pty:PATH, tcp:PORT or file:PATH");
        return false;
    }
    if (!parse_what(s, text + name + 1, err, errlen)) {
        return false;
    }
    s->u = u;
    return true;
}

void uart_backend_files(const char *spec, struct files_named *files)
{
    struct spec s;
    char err[256];
    const char *what = strchr(spec, '=');

    if (!what || !parse_what(&s, what + 1, err, sizeof(err)) || !s.kind) {
        return;
    }
    if (strncmp(s.kind, "pty:", 4) == 0) { /* the name of a link that will be made */
        files_add(files, FILE_WRITTEN, s.kind + 4, strlen(s.kind + 4));
    }
    if (strncmp(s.kind, "file:", 5) != 0) {
        return;
    }
    files_add(files, s.append ? FILE_KEPT : FILE_WRITTEN, s.kind + 5, strlen(s.kind + 5));
    if (s.in) {
        files_add(files, FILE_READ, s.in, strlen(s.in));
    }
}

static bool open_port(struct uart_backend *p, const struct spec *s, bool silent, char *err,
                      size_t errlen)
{
    if (s->kind && strcmp(s->kind, "stdio") == 0) {
        p->kind = UART_STDIO;
        return uart_port_stdio(p, silent);
    }
    if (s->kind && (strcmp(s->kind, "pty") == 0 || strncmp(s->kind, "pty:", 4) == 0)) {
        p->kind = UART_PTY;
        return uart_port_pty(p, s->kind[3] ? s->kind + 4 : NULL, err, errlen);
    }
    if (s->kind && strncmp(s->kind, "tcp:", 4) == 0) {
        p->kind = UART_TCP;
        return uart_port_tcp(p, s->kind + 4, err, errlen);
    }
    if (s->kind && strncmp(s->kind, "file:", 5) == 0) {
        p->kind = UART_FILE;
        return uart_port_file(p, s->kind + 5, s->in, s->append, err, errlen);
    }
    snprintf(err, errlen, "'%s' is not stdio, pty, pty:PATH, tcp:PORT or file:PATH",
             s->kind ? s->kind : "");
    return false;
}

/* NULL with a message. */
static struct uart_backend *add(struct uart_backends *b, const struct spec *s,
                                const struct line_end *end, bool silent, char *err, size_t errlen)
{
    struct uart_backend *p = b->count < UART_BACKENDS ? calloc(1, sizeof(*p)) : NULL;

    if (!p) {
        snprintf(err, errlen, "too many ports, or no memory for one more");
        return NULL;
    }
    p->m = b->m;
    p->u = s->u;
    p->end = end;
    p->in = p->out = p->listen_fd = p->master = p->claim = -1;
    if (!open_port(p, s, silent, err, errlen)) {
        uart_port_close(p);
        free(p);
        return NULL;
    }
    b->list[b->count++] = p;
    return p;
}

struct uart_backend *uart_backends_add_line(struct uart_backends *b, const struct line_end *end,
                                            const char *what, char *err, size_t errlen)
{
    struct spec s;

    if (!parse_what(&s, what, err, errlen)) {
        return NULL;
    }
    if (!s.kind || s.append || s.in || s.baud ||
        (strncmp(s.kind, "pty", 3) != 0 && strncmp(s.kind, "tcp:", 4) != 0)) {
        snprintf(err, errlen, "'%s' is not pty, pty:PATH or tcp:PORT", what);
        return NULL;
    }
    return add(b, &s, end, false, err, errlen);
}

bool uart_backends_add(struct uart_backends *b, const char *text, bool silent, char *err,
                       size_t errlen)
{
    struct spec s;

    if (!parse(&s, b->m, text, err, errlen)) {
        return false;
    }
    struct uart_backend *p = add(b, &s, NULL, silent, err, errlen);
    if (!p) {
        return false;
    }
    if (s.baud) {
        uart_set_partner_baud(p->u, s.baud);
    }
    return true;
}

void uart_backends_close(struct uart_backends *b)
{
    uart_backends_flush(b);
    if (b->m) {
        machine_unobserve(b->m, b);
    }
    for (unsigned i = 0; i < b->count; i++) {
        uart_port_close(b->list[i]);
        free(b->list[i]);
    }
    b->count = 0;
}
