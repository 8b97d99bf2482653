/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* accept4 */
#include "emu/host/usbip.h"

#include "emu/host/usb_host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    VERSION = 0x0111,
    OP_REQ_DEVLIST = 0x8005,
    OP_REP_DEVLIST = 0x0005,
    OP_REQ_IMPORT = 0x8003,
    OP_REP_IMPORT = 0x0003,
    CMD_SUBMIT = 1,
    CMD_UNLINK = 2,
    RET_SUBMIT = 3,
    RET_UNLINK = 4,
    OP_HEADER = 8,
    BUSID_SIZE = 32,
    URB_HEADER = 48,
    DEVICE_SIZE = 312,
    SPEED_FULL = 2,
    ST_OK = 0,
    ST_NA = 1,
};

#define TRANSFER_MAX 65536u /* of one transfer; more is refused */
/* A client waits so long for a device to show itself: a booting board. */
#define ATTACH_WAIT (3 * VT_S)
static const char bus_id[] = "1-1";

struct transfer {
    struct usb_urb urb;
    struct usbip *server;
    struct transfer *next;
    uint32_t seqnum, unlinked_by; /* 0: nobody */
    uint8_t data[];
};

/* A client that has said what it wants, and waits for the device. */
enum wait { WAIT_NOTHING, WAIT_LIST, WAIT_IMPORT };

struct usbip {
    struct machine *m;
    struct usb_host host;
    int listen_fd, fd; /* -1: none */
    enum wait wait;
    bool imported;
    struct sched_event too_late;
    struct transfer *transfers;
    uint8_t *in, *out;
    size_t in_len, in_size, out_len, out_size;
};

/* ---- bytes ---- */

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> (24 - 8 * i));
    }
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

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

static void answer(struct usbip *s, const uint8_t *bytes, size_t n)
{
    s->out = grow(s->out, &s->out_size, s->out_len + n);
    memcpy(s->out + s->out_len, bytes, n);
    s->out_len += n;
}

/* ---- operations: which devices there are, and taking one ---- */

static void describe(const struct usbip *s, uint8_t d[DEVICE_SIZE])
{
    const uint8_t *dev = s->host.device;

    memset(d, 0, DEVICE_SIZE);
    snprintf((char *)d, 256, "/sys/devices/duoemu/usb1/%s", bus_id);
    memcpy(d + 256, bus_id, sizeof(bus_id));
    put32(d + 288, 1); /* bus */
    put32(d + 292, 2); /* device */
    put32(d + 296, SPEED_FULL);
    put16(d + 300, dev[8] | (unsigned)dev[9] << 8);
    put16(d + 302, dev[10] | (unsigned)dev[11] << 8);
    put16(d + 304, dev[12] | (unsigned)dev[13] << 8);
    memcpy(d + 306, dev + 4, 3);
    d[309] = (uint8_t)s->host.configuration;
    d[310] = dev[17];
    d[311] = s->host.config[4];
}

static void answer_op(struct usbip *s, unsigned code, unsigned status)
{
    uint8_t header[OP_HEADER];

    put16(header, VERSION);
    put16(header + 2, code);
    put32(header + 4, status);
    answer(s, header, sizeof(header));
}

/* Class, subclass and protocol of each interface, by its first alternate. */
static void answer_interfaces(struct usbip *s)
{
    const uint8_t *c = s->host.config;

    for (unsigned i = 0; i + 8 < s->host.config_length && c[i]; i += c[i]) {
        if (c[i + 1] == 4 && c[i + 3] == 0) {
            const uint8_t interface[4] = {c[i + 5], c[i + 6], c[i + 7], 0};
            answer(s, interface, sizeof(interface));
        }
    }
}

static void answer_waiting(struct usbip *s, bool ready)
{
    uint8_t device[DEVICE_SIZE], count[4];
    enum wait wait = s->wait;

    s->wait = WAIT_NOTHING;
    sched_cancel(&s->m->sched, &s->too_late);
    describe(s, device);
    if (wait == WAIT_LIST) {
        answer_op(s, OP_REP_DEVLIST, ST_OK);
        put32(count, ready);
        answer(s, count, sizeof(count));
        if (ready) {
            answer(s, device, sizeof(device));
            answer_interfaces(s);
        }
    } else if (wait == WAIT_IMPORT) {
        answer_op(s, OP_REP_IMPORT, ready ? ST_OK : ST_NA);
        if (ready) {
            answer(s, device, sizeof(device));
            s->imported = true;
        }
    }
}

static void too_late(void *arg)
{
    answer_waiting(arg, false);
}

static void wait_for_device(struct usbip *s, enum wait what)
{
    s->wait = what;
    usb_host_plug(&s->host);
    if (usb_host_ready(&s->host)) {
        answer_waiting(s, true);
    } else {
        sched_at(&s->m->sched, &s->too_late, machine_now(s->m) + ATTACH_WAIT);
    }
}

/* Bytes used; 0: not all there yet; -1: this is no client. */
static long take_op(struct usbip *s)
{
    if (s->wait != WAIT_NOTHING || s->in_len < OP_HEADER) {
        return 0;
    }
    switch (get16(s->in + 2)) {
    case OP_REQ_DEVLIST:
        wait_for_device(s, WAIT_LIST);
        return OP_HEADER;
    case OP_REQ_IMPORT:
        if (s->in_len < OP_HEADER + BUSID_SIZE) {
            return 0;
        }
        if (strncmp((const char *)s->in + OP_HEADER, bus_id, BUSID_SIZE) != 0) {
            answer_op(s, OP_REP_IMPORT, ST_NA);
        } else {
            wait_for_device(s, WAIT_IMPORT);
        }
        return OP_HEADER + BUSID_SIZE;
    default:
        return -1;
    }
}

/* ---- transfers ---- */

static void answer_urb(struct usbip *s, uint32_t command, uint32_t seqnum, int status,
                       uint32_t actual)
{
    uint8_t header[URB_HEADER] = {0};

    put32(header, command);
    put32(header + 4, seqnum);
    put32(header + 20, (uint32_t)status);
    put32(header + 24, actual);
    answer(s, header, sizeof(header));
}

static void forget(struct transfer *t)
{
    struct transfer **at = &t->server->transfers;

    while (*at && *at != t) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = t->next;
    }
    free(t);
}

static void done(struct usb_urb *urb)
{
    struct transfer *t = urb->owner;
    struct usbip *s = t->server;

    if (t->unlinked_by) {
        answer_urb(s, RET_UNLINK, t->unlinked_by, urb->status, 0);
    } else {
        answer_urb(s, RET_SUBMIT, t->seqnum, urb->status, urb->actual);
        if (urb->in) {
            answer(s, t->data, urb->actual);
        }
    }
    forget(t);
}

/* The kernel's server knows this request as what it is. */
static bool is_port_reset(const uint8_t *setup)
{
    return setup[0] == 0x23 && setup[1] == 3 && setup[2] == 4;
}

static long submit(struct usbip *s)
{
    const uint8_t *h = s->in;
    uint32_t length = get32(h + 24);
    bool in = get32(h + 12);

    if (length > TRANSFER_MAX || get32(h + 16) > 15) {
        return -1;
    }
    if (s->in_len < URB_HEADER + (in ? 0 : length)) {
        return 0;
    }
    if (get32(h + 16) == 0 && is_port_reset(h + 40)) {
        usb_host_reset(&s->host);
        answer_urb(s, RET_SUBMIT, get32(h + 4), USB_OK, 0);
        return URB_HEADER;
    }
    struct transfer *t = calloc(1, sizeof(*t) + length);
    if (!t) {
        return -1;
    }
    *t = (struct transfer){.server = s, .next = s->transfers, .seqnum = get32(h + 4)};
    t->urb = (struct usb_urb){
        .ep = get32(h + 16), .in = in, .data = t->data, .length = length, .done = done, .owner = t};
    memcpy(t->urb.setup, h + 40, 8);
    if (!in) {
        memcpy(t->data, h + URB_HEADER, length);
    }
    s->transfers = t;
    usb_host_submit(&s->host, &t->urb);
    return (long)(URB_HEADER + (in ? 0 : length));
}

static void unlink_transfer(struct usbip *s, uint32_t seqnum, uint32_t which)
{
    for (struct transfer *t = s->transfers; t; t = t->next) {
        if (t->seqnum == which) {
            t->unlinked_by = seqnum;
            if (usb_host_unlink(&s->host, &t->urb)) {
                return;
            }
            break;
        }
    }
    answer_urb(s, RET_UNLINK, seqnum, USB_OK, 0); /* it was done before */
}

static long take_urb(struct usbip *s)
{
    if (s->in_len < URB_HEADER) {
        return 0;
    }
    switch (get32(s->in)) {
    case CMD_SUBMIT:
        return submit(s);
    case CMD_UNLINK:
        unlink_transfer(s, get32(s->in + 4), get32(s->in + 20));
        return URB_HEADER;
    default:
        return -1;
    }
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
        answer_waiting(s, true);
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
        used = s->imported ? take_urb(s) : take_op(s);
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
    sched_event_init(&s->too_late, too_late, s);
    u->list[u->count++] = s;
    fprintf(stderr, "%s on localhost:%u (usbip attach -r 127.0.0.1 --tcp-port %u -b 1-1)\n",
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
        while (s->transfers) {
            forget(s->transfers);
        }
        free(s->in);
        free(s->out);
        free(s);
    }
    u->count = 0;
}
