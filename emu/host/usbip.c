/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* accept4 */
#include "emu/host/usbip_parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *grow(void *buffer, size_t *size, size_t wanted)
{
    if (wanted <= *size) {
        return buffer;
    }
    *size = wanted * 2;
    void *larger = realloc(buffer, *size);
    if (!larger) {
        fprintf(stderr, "duoemu: out of memory for USB/IP\n");
        abort();
    }
    return larger;
}

static void drop_client(struct usbip *s);

static void flush(struct usbip *s)
{
    size_t done = 0;

    while (s->fd >= 0 && done < s->out_len) {
        ssize_t n = send(s->fd, s->out + done, s->out_len - done, MSG_NOSIGNAL);
        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && errno != EAGAIN) {
            drop_client(s);
            return;
        } else {
            break;
        }
    }
    memmove(s->out, s->out + done, s->out_len - done);
    s->out_len -= done;
}

void usbip_answer(struct usbip *s, const uint8_t *bytes, size_t n)
{
    s->out = grow(s->out, &s->out_size, s->out_len + n);
    memcpy(s->out + s->out_len, bytes, n);
    s->out_len += n;
}

/* ---- the connection ---- */

static void drop_client(struct usbip *s)
{
    if (s->fd >= 0) {
        close(s->fd);
    }
    s->fd = -1;
    s->wait = WAIT_NOTHING;
    sched_cancel(&s->m->sched, &s->too_late);
    if (s->imported) {
        s->imported = false;
        usb_host_unplug(&s->host);
    }
    s->in_len = s->out_len = 0;
}

/* The device has come; or gone, and with it the client's reason to be here. */
static void device_changed(void *arg, bool ready)
{
    struct usbip *s = arg;

    if (ready) {
        usbip_answer_waiting(s, true);
    } else if (s->imported) {
        s->imported = false; /* plugged in still: the next client may find it enumerated */
        flush(s);
        if (s->fd >= 0) {
            shutdown(s->fd, SHUT_RDWR);
        }
    }
}

static void take_all(struct usbip *s)
{
    long used = 1;

    while (used > 0 && s->fd >= 0) {
        used = s->imported ? usbip_take_urb(s) : usbip_take_op(s);
        if (used > 0) {
            memmove(s->in, s->in + used, s->in_len - (size_t)used);
            s->in_len -= (size_t)used;
        }
    }
    if (used < 0) {
        drop_client(s);
    }
}

static void receive(struct usbip *s)
{
    while (s->fd >= 0) {
        s->in = grow(s->in, &s->in_size, s->in_len + 4096);
        ssize_t n = recv(s->fd, s->in + s->in_len, s->in_size - s->in_len, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno == EAGAIN) {
            return;
        }
        if (n <= 0) {
            drop_client(s);
            return;
        }
        s->in_len += (size_t)n;
        take_all(s);
    }
}

static void accept_client(struct usbip *s)
{
    int on = 1, fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        return;
    }
    if (s->fd >= 0) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    s->fd = fd;
}

static void serve(struct usbip *s)
{
    receive(s);
    accept_client(s);
    receive(s);
    take_all(s); /* what had to wait for the device */
    flush(s);
}

void usbips_poll(struct usbips *u)
{
    for (unsigned i = 0; i < u->count; i++) {
        serve(u->list[i]);
    }
}

unsigned usbips_fds(const struct usbips *u, struct pollfd *fds, unsigned max)
{
    unsigned n = 0;

    for (unsigned i = 0; i < u->count && n + 2 <= max; i++) {
        const struct usbip *s = u->list[i];
        fds[n++] = (struct pollfd){.fd = s->listen_fd, .events = POLLIN};
        if (s->fd >= 0) {
            fds[n++] = (struct pollfd){.fd = s->fd,
                                       .events = (short)(POLLIN | (s->out_len ? POLLOUT : 0))};
        }
    }
    return n;
}

uint64_t usbips_moved(const struct usbips *u)
{
    uint64_t moved = 0;

    for (unsigned i = 0; i < u->count; i++) {
        moved += u->list[i]->host.moved + u->list[i]->imported;
    }
    return moved;
}

static void too_late(void *arg)
{
    usbip_answer_waiting(arg, false);
}

/* ---- opening ---- */

static int listen_on(unsigned long port, struct sockaddr_in *a)
{
    socklen_t len = sizeof(*a);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    *a = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
                    bind(fd, (struct sockaddr *)a, sizeof(*a)) || listen(fd, 1) ||
                    getsockname(fd, (struct sockaddr *)a, &len))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static struct otg *find_plug(struct machine *m, const char *spec, const char **rest)
{
    for (unsigned i = 0; i < USB_PLUGS; i++) {
        struct otg *o = otg_get(m, i);
        size_t n = strlen(otg_name(o));
        if (strncmp(spec, otg_name(o), n) == 0 && strncmp(spec + n, "=usbip:", 7) == 0) {
            *rest = spec + n + 7;
            return o;
        }
    }
    return NULL;
}

bool usbips_add(struct usbips *u, struct machine *m, const char *spec, char *err, size_t errlen)
{
    const char *rest = "";
    char *end = NULL;
    struct otg *otg = find_plug(m, spec, &rest);
    unsigned long port = strtoul(rest, &end, 10);

    if (!otg || !*rest || *end || port > 65535) {
        snprintf(err, errlen,
                 "expected OTG_FS=usbip:PORT or OTG_HS=usbip:PORT, PORT from 0 to 65535");
        return false;
    }
    for (unsigned i = 0; i < u->count; i++) {
        if (u->list[i]->host.otg == otg) {
            snprintf(err, errlen, "%s has a host already", otg_name(otg));
            return false;
        }
    }
    struct sockaddr_in a;
    int fd = listen_on(port, &a);
    struct usbip *s = fd >= 0 ? calloc(1, sizeof(*s)) : NULL;
    if (!s) {
        snprintf(err, errlen, "cannot listen on port %lu of localhost: %s", port, strerror(errno));
        return false;
    }
    s->m = m;
    s->listen_fd = fd;
    s->fd = -1;
    usb_host_init(&s->host, m, otg);
    usb_host_listen(&s->host, device_changed, s);
    sched_event_init(&s->too_late, "--usb: no answer in time", too_late, s);
    u->list[u->count++] = s;
    fprintf(stderr, "%s on localhost:%u (usbip --tcp-port %u attach -r 127.0.0.1 -b 1-1)\n",
            otg_name(otg), ntohs(a.sin_port), ntohs(a.sin_port));
    return true;
}

void usbips_close(struct usbips *u)
{
    for (unsigned i = 0; i < u->count; i++) {
        struct usbip *s = u->list[i];
        drop_client(s);
        usb_host_unplug(&s->host);
        close(s->listen_fd);
        usbip_forget_all(s);
        free(s->in);
        free(s->out);
        free(s);
    }
    u->count = 0;
}
