/* SPDX-License-Identifier: MIT */
/* The plug of an emulated board: a USB/IP client (Linux, Documentation/usb/usbip_protocol.rst). */
#include "tool/usb_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    VERSION = 0x0111,
    REQUEST_IMPORT = 0x8003,
    REPLY_IMPORT = 3,
    SUBMIT = 1,
    SUBMITTED = 3,
    STATUS_STALL = -32,
    OP_HEADER = 8,
    BUS_ID = 32,
    DEVICE = 312,
    DEVICE_VENDOR = 300, /* where vendor and product stand */
    URB_HEADER = 48,
    SET_CONFIGURATION = 9,
    SET_INTERFACE = 11
};

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xFFFFu);
}

static unsigned get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* ---- The connection ---- */

static int broken(struct usb_link *l, const char *what)
{
    snprintf(l->error, sizeof(l->error), "port %u: %s", l->port, what);
    return USB_FAILED;
}

static int send_all(struct usb_link *l, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = send(l->fd, bytes, n, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return USB_GONE;
        }
        bytes += done;
        n -= (size_t)done;
    }
    return 0;
}

static int receive_all(struct usb_link *l, uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = recv(l->fd, bytes, n, 0);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return broken(l, "no answer");
        }
        if (done <= 0) {
            return USB_GONE;
        }
        bytes += done;
        n -= (size_t)done;
    }
    return 0;
}

static void hang_up(struct usb_link *l)
{
    if (l->fd >= 0) {
        close(l->fd);
        l->fd = -1;
    }
}

static bool dial(struct usb_link *l)
{
    const struct timeval patience = {.tv_sec = USB_TRANSFER_MS / 1000u};
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(l->port)};
    int on = 1;

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->fd >= 0 && connect(l->fd, (const struct sockaddr *)&a, sizeof(a)) == 0 &&
        setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
        setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0) {
        return true;
    }
    (void)broken(l, strerror(errno));
    hang_up(l);
    return false;
}

/* ---- Taking the device ---- */

static enum usb_found import(struct usb_link *l, const struct usb_wanted *wanted)
{
    uint8_t question[OP_HEADER + BUS_ID] = {0}, answer[OP_HEADER], device[DEVICE];

    put16(question, VERSION);
    put16(question + 2, REQUEST_IMPORT);
    memcpy(question + OP_HEADER, "1-1", 3);
    if (send_all(l, question, sizeof(question)) != 0 ||
        receive_all(l, answer, sizeof(answer)) != 0) {
        return USB_NONE; /* another client has it, or the board has ended */
    }
    if (get16(answer + 2) != REPLY_IMPORT) {
        (void)broken(l, "this is no USB/IP server");
        return USB_BROKEN;
    }
    if (get32(answer + 4) != 0 || receive_all(l, device, sizeof(device)) != 0 ||
        get16(device + DEVICE_VENDOR) != wanted->vendor ||
        get16(device + DEVICE_VENDOR + 2) != wanted->product) {
        return USB_NONE;
    }
    return USB_OPEN;
}

/* There is one device at the plug: its serial number is not asked for. */
static enum usb_found find(struct usb_link *l, const struct usb_wanted *wanted)
{
    if (!dial(l)) {
        return USB_BROKEN;
    }
    enum usb_found found = import(l, wanted);
    if (found != USB_OPEN) {
        hang_up(l);
    }
    return found;
}

/* ---- Transfers ---- */

static int submit(struct usb_link *l, const struct usb_request *r, const uint8_t *data)
{
    const bool in = r->type & 0x80u;
    const uint8_t setup[8] = {r->type,
                              r->request,
                              (uint8_t)r->value,
                              (uint8_t)(r->value >> 8),
                              (uint8_t)r->index,
                              (uint8_t)(r->index >> 8),
                              (uint8_t)r->length,
                              (uint8_t)(r->length >> 8)};
    uint8_t header[URB_HEADER] = {0};

    put32(header, SUBMIT);
    put32(header + 4, ++l->number);
    put32(header + 8, 1u << 16 | 2u); /* bus 1, device 2 */
    put32(header + 12, in);
    put32(header + 24, r->length);
    memcpy(header + 40, setup, sizeof(setup));
    int code = send_all(l, header, sizeof(header));
    return code == 0 && !in ? send_all(l, data, r->length) : code;
}

static int control(struct usb_link *l, const struct usb_request *r, uint8_t *data)
{
    uint8_t header[URB_HEADER];
    const bool in = r->type & 0x80u;
    int code = submit(l, r, data);

    code = code == 0 ? receive_all(l, header, sizeof(header)) : code;
    if (code != 0) {
        return code;
    }
    const int status = (int)get32(header + 20);
    const uint32_t n = get32(header + 24);
    if (get32(header) != SUBMITTED || get32(header + 4) != l->number || n > r->length) {
        return broken(l, "an answer that was not asked for");
    }
    if (in && n > 0) {
        code = receive_all(l, data, n);
    }
    if (code == 0 && status != 0) {
        code = status == STATUS_STALL ? USB_STALLED : USB_GONE;
    }
    return code == 0 ? (int)n : code;
}

static int select_alternate(struct usb_link *l, uint8_t alternate)
{
    const struct usb_request configure = {0x00, SET_CONFIGURATION, 1, 0, 0};
    const struct usb_request select = {0x01, SET_INTERFACE, alternate, 0, 0};
    int code = control(l, &configure, NULL);

    return code < 0 ? code : control(l, &select, NULL);
}

void usb_link_emulated(struct usb_link *l, uint16_t port)
{
    static const struct usb_link_ops ops = {find, control, select_alternate, hang_up};

    memset(l, 0, sizeof(*l));
    l->ops = &ops;
    l->fd = -1;
    l->port = port;
}
