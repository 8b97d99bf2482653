/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* accept4 */
#include "emu/host/gdb.h"

#include "emu/chip/seam/dbgmcu.h"
#include "emu/host/gdb_stub.h"
#include "emu/host/signals.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIG_INT  2
#define SIG_TRAP 5

/* ---- connection ---- */

/* A reply is small and its reader waits for it: wait until it is out, but not forever. */
static void write_all(struct gdb_stub *s, const char *data, size_t len)
{
    while (len && s->fd >= 0) {
        ssize_t n = send(s->fd, data, len, MSG_NOSIGNAL);
        if (n > 0) {
            data += n;
            len -= (size_t)n;
            continue;
        }
        struct pollfd p = {.fd = s->fd, .events = POLLOUT};
        if (n < 0 && errno != EINTR && (errno != EAGAIN || poll(&p, 1, 2000) <= 0)) {
            gdb_drop(s);
            return;
        }
    }
}

void gdb_send(struct gdb_stub *s, const char *payload, size_t len)
{
    static char packet[4 * GDB_PACKET + 256];
    size_t n = 0;
    uint8_t sum = 0;

    packet[n++] = '$';
    for (size_t i = 0; i < len && n + 8 < sizeof(packet); i++) {
        char c = payload[i];
        if (c == '$' || c == '#' || c == '}' || c == '*') {
            packet[n++] = '}';
            sum = (uint8_t)(sum + '}');
            c = (char)((unsigned char)c ^ 0x20u);
        }
        packet[n++] = c;
        sum = (uint8_t)(sum + (uint8_t)c);
    }
    n += (size_t)snprintf(packet + n, sizeof(packet) - n, "#%02x", sum);
    write_all(s, packet, n);
}

/* Its debugger is there and has not let it go. */
static bool halts(const struct gdb_stub *s)
{
    return s->fd >= 0 && !s->waiting;
}

/* Brings the cores to what their debuggers want; between two slices. */
static void apply(struct gdb *g)
{
    for (unsigned i = 0; i < CORES; i++) {
        machine_halt_core(g->m, (enum core_id)i, halts(&g->stub[i]));
    }
}

/* A core has stopped: the machine goes on with the other one, if that may. */
static void has_stopped(struct gdb *g)
{
    g->standing |= g->stop_both;
    apply(g);
    if (gdb_stopped(g)) {
        machine_debug_stop(g->m);
    }
}

void gdb_drop(struct gdb_stub *s)
{
    if (s->fd < 0) {
        return;
    }
    close(s->fd);
    s->fd = -1;
    s->in_len = 0;
    s->waiting = s->stepping = false;
    core_set_single_step(s->m->core[s->id], false);
    gdb_clear_points(s);
    apply(s->g);
    if (!gdb_halts(s->g)) {
        s->g->standing = false; /* a detached machine runs on */
    }
}

static void accept_client(struct gdb_stub *s)
{
    int on = 1;
    int fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        return;
    }
    if (s->fd >= 0) { /* one debugger for each core */
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    s->fd = fd;
    s->no_ack = s->waiting = s->stepping = false;
    s->in_len = 0;
    dbgmcu_probe(s->m->dbgmcu, s->id);
    has_stopped(s->g);
}

/* ---- packets in the input buffer ---- */

static void consume(struct gdb_stub *s, size_t n)
{
    memmove(s->in, s->in + n, s->in_len - n);
    s->in_len -= n;
}

static size_t unescape(char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '}' && i + 1 < len) {
            c = (char)((unsigned char)text[++i] ^ 0x20u);
        }
        text[n++] = c;
    }
    return n;
}

static bool checksum_ok(const char *body, size_t len)
{
    char expected[3];
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++) {
        sum = (uint8_t)(sum + (uint8_t)body[i]);
    }
    snprintf(expected, sizeof(expected), "%02x", sum);
    return strncasecmp(expected, body + len + 1, 2) == 0;
}

/* Handles the packet at the start of the buffer; false: it is not complete yet. */
static bool one_packet(struct gdb_stub *s)
{
    static char body[sizeof(s->in) + 1];
    char *end = memchr(s->in, '#', s->in_len);

    if (!end || (size_t)(end - s->in) + 3 > s->in_len) {
        return false;
    }
    size_t len = (size_t)(end - s->in) - 1;
    bool good = s->no_ack || checksum_ok(s->in + 1, len);
    memcpy(body, s->in + 1, len);
    consume(s, len + 4);
    if (!s->no_ack) {
        write_all(s, good ? "+" : "-", 1);
    }
    if (good && s->fd >= 0) {
        len = unescape(body, len);
        body[len] = 0;
        gdb_packet(s, body, len);
    }
    return true;
}

static void handle_input(struct gdb_stub *s)
{
    while (s->in_len && s->fd >= 0) {
        if (s->in[0] == 3) {
            consume(s, 1);
            gdb_interrupt(s);
        } else if (s->in[0] != '$') {
            consume(s, 1); /* acknowledges, noise */
        } else if (!one_packet(s)) {
            if (s->in_len == sizeof(s->in)) {
                gdb_drop(s); /* longer than we said we take */
            }
            return;
        }
    }
}

static void serve(struct gdb_stub *s)
{
    if (s->listen_fd >= 0) {
        accept_client(s);
    }
    while (s->fd >= 0) {
        ssize_t n = recv(s->fd, s->in + s->in_len, sizeof(s->in) - s->in_len, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n <= 0) {
            gdb_drop(s);
            return;
        }
        s->in_len += (size_t)n;
        handle_input(s);
    }
}

/* ---- stop and go ---- */

void gdb_resume(struct gdb_stub *s, bool step)
{
    s->waiting = true;
    s->stepping = step;
    core_set_single_step(s->m->core[s->id], step);
    s->g->standing = false;
    apply(s->g);
}

static void report_stop(struct gdb_stub *s, unsigned signal)
{
    core_set_single_step(s->m->core[s->id], false);
    s->stepping = false;
    s->waiting = false;
    gdb_stop_reply(s, signal);
}

/* Ctrl-C. */
void gdb_interrupt(struct gdb_stub *s)
{
    if (s->waiting) {
        report_stop(s, SIG_INT);
        has_stopped(s->g);
    }
}

void gdb_reverse(struct gdb_stub *s)
{
    static const char none[] = "T05replaylog:begin;thread:1;";

    s->waiting = true;
    s->g->asker = s->id;
    s->g->go_back(s->g->go_back_arg);
    s->waiting = false;
    gdb_send(s, none, sizeof(none) - 1);
}

void gdb_can_go_back(struct gdb *g, void (*go)(void *arg), void *arg)
{
    g->go_back = go;
    g->go_back_arg = arg;
}

void gdb_arrived(struct gdb *g)
{
    g->arrived = g->standing = true;
    machine_debug_stop(g->m);
}

/* Between two slices, where the cores can be looked at. */
static void report_arrival(struct gdb *g)
{
    struct gdb_stub *s = &g->stub[g->asker];

    g->arrived = false;
    if (s->waiting) {
        report_stop(s, 0); /* "Program stopped.": no breakpoint, no signal */
    }
    apply(g);
}

void gdb_hit(struct gdb *g)
{
    if (g->arrived) {
        report_arrival(g);
        return;
    }
    int id = g->m->debug_core;

    if (id < 0 ||
        !g->stub[id].waiting) { /* Ctrl-C or a new client: already reported, or its business */
        return;
    }
    report_stop(&g->stub[id], SIG_TRAP);
    g->standing |= g->stop_both;
    apply(g);
}

bool gdb_stopped(const struct gdb *g)
{
    return g->standing || (halts(&g->stub[CM7]) && halts(&g->stub[CM4]));
}

bool gdb_halts(const struct gdb *g)
{
    return halts(&g->stub[CM7]) || halts(&g->stub[CM4]);
}

void gdb_poll(struct gdb *g)
{
    for (unsigned i = 0; i < CORES; i++) {
        serve(&g->stub[i]);
    }
}

unsigned gdb_fds(const struct gdb *g, struct pollfd *fds, unsigned max)
{
    unsigned n = 0;

    for (unsigned i = 0; i < CORES && n + 2 <= max; i++) {
        if (g->stub[i].listen_fd >= 0) {
            fds[n++] = (struct pollfd){.fd = g->stub[i].listen_fd, .events = POLLIN};
        }
        if (g->stub[i].fd >= 0) {
            fds[n++] = (struct pollfd){.fd = g->stub[i].fd, .events = POLLIN};
        }
    }
    return n;
}

void gdb_serve(struct gdb *g)
{
    struct pollfd fds[2 * CORES + 1];

    gdb_fetch_vectors(g->m);
    while (gdb_stopped(g) && !g->m->stop_requested) {
        unsigned n = gdb_fds(g, fds, 2 * CORES);
        n += signals_fds(fds + n);
        poll(fds, n, 1000);
        gdb_poll(g);
    }
}

/* ---- life ---- */

static bool listen_on(struct gdb_stub *s, int port, char *err, size_t errlen)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof(a);
    int on = 1;
    s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s->listen_fd < 0 || setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
        bind(s->listen_fd, (struct sockaddr *)&a, sizeof(a)) || listen(s->listen_fd, 1) ||
        getsockname(s->listen_fd, (struct sockaddr *)&a, &len)) {
        snprintf(err, errlen, "GDB port %d: cannot listen on localhost: %s", port, strerror(errno));
        return false;
    }
    fprintf(stderr, "GDB of the %s: target remote localhost:%u\n", s->id == CM7 ? "CM7" : "CM4",
            ntohs(a.sin_port));
    return true;
}

struct gdb *gdb_new(struct machine *m, int port_m7, int port_m4, char *err, size_t errlen)
{
    const int port[CORES] = {port_m7, port_m4};
    struct gdb *g = calloc(1, sizeof(*g));

    if (!g) {
        snprintf(err, errlen, "out of memory for the GDB stub");
        return NULL;
    }
    g->m = m;
    g->standing = true;
    for (unsigned i = 0; i < CORES; i++) {
        g->stub[i].g = g;
        g->stub[i].m = m;
        g->stub[i].id = (enum core_id)i;
        g->stub[i].fd = g->stub[i].listen_fd = -1;
    }
    for (unsigned i = 0; i < CORES; i++) {
        if (port[i] >= 0 && !listen_on(&g->stub[i], port[i], err, errlen)) {
            gdb_free(g);
            return NULL;
        }
    }
    return g;
}

void gdb_free(struct gdb *g)
{
    if (!g) {
        return;
    }
    for (unsigned i = 0; i < CORES; i++) {
        if (g->stub[i].fd >= 0) {
            close(g->stub[i].fd);
        }
        if (g->stub[i].listen_fd >= 0) {
            close(g->stub[i].listen_fd);
        }
    }
    free(g);
}
