/* SPDX-License-Identifier: MIT */
/* Opening, connecting and closing of the kinds of UART ports. */
#define _GNU_SOURCE /* ptsname_r, accept4 */
#include "emu/host/uart_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SLAVE_MAX = 64 };

const char *uart_port_name(const struct uart_backend *p)
{
    return p->u ? uart_name(p->u) : p->end->name;
}

/* ---- stdio ---- */

/* A terminal of which we are not the foreground job would stop us when read. */
static bool usable_terminal(void)
{
    return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static void raw_mode(struct uart_backend *p)
{
    if (tcgetattr(STDIN_FILENO, &p->saved)) {
        return;
    }
    struct termios t = p->saved;
    cfmakeraw(&t);
    t.c_oflag |= OPOST; /* messages on stderr keep their line ends */
    if (tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0) {
        p->terminal = true;
    }
}

bool uart_port_stdio(struct uart_backend *p, bool silent)
{
    p->out = silent ? -1 : STDOUT_FILENO;
    if (isatty(STDIN_FILENO) && !usable_terminal()) {
        return true; /* in the background: output only */
    }
    if (fcntl(STDIN_FILENO, F_GETFD) == -1) {
        return true; /* stdin is closed */
    }
    p->in = STDIN_FILENO;
    if (usable_terminal()) {
        raw_mode(p);
    }
    return true;
}

/* ---- pty ---- */

static bool pty_raw(const char *slave)
{
    int fd = open(slave, O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd < 0) {
        return false;
    }
    struct termios t;
    bool ok = tcgetattr(fd, &t) == 0;
    cfmakeraw(&t);
    ok = ok && tcsetattr(fd, TCSANOW, &t) == 0;
    close(fd);
    return ok;
}

/* A board whose terminal has a link holds a socket of that terminal's name, which goes with the
 * process however it ends. -1: another one holds it. */
static int claim_terminal(const char *slave)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX}; /* sun_path[0] is 0: no file */
    const int n = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "duoemu %s", slave);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&name,
                        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* What `link` leads to is a terminal: its name, else "". */
static void look_at_link(const char *link, char slave[SLAVE_MAX])
{
    static const char ours[] = "/dev/pts/";
    const ssize_t n = readlink(link, slave, SLAVE_MAX - 1);

    slave[n > 0 ? n : 0] = '\0';
    if (strncmp(slave, ours, sizeof(ours) - 1) != 0) {
        slave[0] = '\0';
    }
}

/* Removes the link that a board has left behind which was killed. False: that board runs. */
static bool clear_link(const char *link)
{
    char slave[SLAVE_MAX];

    look_at_link(link, slave);
    if (!slave[0]) {
        return true;
    }
    const int claim = claim_terminal(slave);
    if (claim >= 0) {
        close(claim);
        unlink(link);
    }
    return claim >= 0;
}

static bool make_link(struct uart_backend *p, const char *slave, const char *link, char *err,
                      size_t errlen)
{
    if (!clear_link(link)) {
        snprintf(err, errlen, "%s is the port of a board that runs: choose another name", link);
        return false;
    }
    p->claim = claim_terminal(slave);
    if ((size_t)snprintf(p->link, sizeof(p->link), "%s", link) < sizeof(p->link) &&
        symlink(slave, link) == 0) {
        return true;
    }
    p->link[0] = '\0';
    snprintf(err, errlen, "cannot make the link %s: %s", link, strerror(errno));
    return false;
}

bool uart_port_pty(struct uart_backend *p, const char *link, char *err, size_t errlen)
{
    char slave[SLAVE_MAX];

    p->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (p->master < 0 || grantpt(p->master) || unlockpt(p->master) ||
        ptsname_r(p->master, slave, sizeof(slave)) || !pty_raw(slave)) {
        snprintf(err, errlen, "cannot open a pseudo terminal: %s", strerror(errno));
        return false;
    }
    p->listen_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (p->listen_fd < 0 || inotify_add_watch(p->listen_fd, slave, IN_OPEN) < 0) {
        snprintf(err, errlen, "cannot watch %s for clients: %s", slave, strerror(errno));
        return false;
    }
    if (link && !make_link(p, slave, link, err, errlen)) {
        return false;
    }
    fprintf(stderr, "%s on %s\n", uart_port_name(p), link ? link : slave);
    return true;
}

/* While nobody has the slave open, the master polls as hung up. */
static bool pty_has_client(const struct uart_backend *p)
{
    struct pollfd fd = {.fd = p->master, .events = POLLIN};

    return poll(&fd, 1, 0) >= 0 && (!(fd.revents & POLLHUP) || (fd.revents & POLLIN));
}

static void pty_connect(struct uart_backend *p)
{
    char events[1024];

    while (read(p->listen_fd, events, sizeof(events)) > 0)
        ;
    if (pty_has_client(p)) {
        p->in = p->out = p->master;
    }
}

/* ---- TCP ---- */

bool uart_port_tcp(struct uart_backend *p, const char *port, char *err, size_t errlen)
{
    char *end;
    unsigned long n = strtoul(port, &end, 10);

    if (!*port || *end || n > 65535) {
        snprintf(err, errlen, "'%s' is not a TCP port (0 to 65535)", port);
        return false;
    }
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)n)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    socklen_t len = sizeof(a);
    p->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (p->listen_fd < 0 || setsockopt(p->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
        bind(p->listen_fd, (struct sockaddr *)&a, sizeof(a)) || listen(p->listen_fd, 1) ||
        getsockname(p->listen_fd, (struct sockaddr *)&a, &len)) {
        snprintf(err, errlen, "cannot listen on port %lu of localhost: %s", n, strerror(errno));
        return false;
    }
    fprintf(stderr, "%s on localhost:%u\n", uart_port_name(p), ntohs(a.sin_port));
    return true;
}

/* One client at a time; another one is turned away. */
static void tcp_connect(struct uart_backend *p)
{
    int on = 1;
    int fd = accept4(p->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        return;
    }
    if (p->in >= 0) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    p->in = p->out = fd;
}

/* ---- file ---- */

bool uart_port_file(struct uart_backend *p, const char *out, const char *in, bool append, char *err,
                    size_t errlen)
{
    if (*out) {
        p->out = open(out, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), 0666);
        if (p->out < 0) {
            snprintf(err, errlen, "cannot write %s: %s", out, strerror(errno));
            return false;
        }
    }
    if (in) {
        p->in = open(in, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (p->in < 0) {
            snprintf(err, errlen, "cannot read %s: %s", in, strerror(errno));
            return false;
        }
    }
    return true;
}

/* ---- all ---- */

void uart_port_connect(struct uart_backend *p)
{
    bool was = p->in >= 0;

    if (p->kind == UART_TCP) {
        tcp_connect(p);
    } else if (p->kind == UART_PTY && !was) {
        pty_connect(p);
    }
    if (!was && p->in >= 0) {
        p->had_client = true;
    }
}

void uart_port_disconnect(struct uart_backend *p)
{
    if (p->end && p->in >= 0) {
        p->end->gone(p->end->arg);
    }
    if (p->kind == UART_TCP && p->in >= 0) {
        close(p->in);
    }
    if (p->kind == UART_FILE && p->in >= 0) {
        close(p->in);
    }
    p->in = -1;
    if (p->kind == UART_TCP || p->kind == UART_PTY) {
        p->out = -1;
        p->out_len = 0;
    }
}

/* Unless it leads to another terminal by now. */
static void remove_link(const struct uart_backend *p)
{
    char slave[SLAVE_MAX], own[SLAVE_MAX];

    if (p->link[0]) {
        look_at_link(p->link, slave);
        if (ptsname_r(p->master, own, sizeof(own)) == 0 && strcmp(slave, own) == 0) {
            unlink(p->link);
        }
    }
    if (p->claim >= 0) {
        close(p->claim);
    }
}

void uart_port_close(struct uart_backend *p)
{
    uart_port_disconnect(p);
    if (p->terminal) {
        tcsetattr(STDIN_FILENO, TCSANOW, &p->saved);
    }
    remove_link(p);
    if (p->kind == UART_FILE && p->out >= 0) {
        close(p->out);
    }
    if (p->listen_fd >= 0) {
        close(p->listen_fd);
    }
    if (p->master >= 0) {
        close(p->master);
    }
}
