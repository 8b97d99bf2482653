/* SPDX-License-Identifier: MIT */
/* Messages of USB/IP: which devices there are, taking one, transfers. */
#include "emu/host/usbip_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

struct usbip_transfer {
    struct usb_urb urb;
    struct usbip *server;
    struct usbip_transfer *next;
    uint32_t seqnum, unlinked_by; /* 0: nobody */
    uint8_t data[];
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
    usbip_answer(s, header, sizeof(header));
}

/* Class, subclass and protocol of each interface, by its first alternate. */
static void answer_interfaces(struct usbip *s)
{
    const uint8_t *c = s->host.config;

    for (unsigned i = 0; i + 8 < s->host.config_length && c[i]; i += c[i]) {
        if (c[i + 1] == 4 && c[i + 3] == 0) {
            const uint8_t interface[4] = {c[i + 5], c[i + 6], c[i + 7], 0};
            usbip_answer(s, interface, sizeof(interface));
        }
    }
}

void usbip_answer_waiting(struct usbip *s, bool ready)
{
    uint8_t device[DEVICE_SIZE], count[4];
    enum wait wait = s->wait;

    s->wait = WAIT_NOTHING;
    sched_cancel(&s->m->sched, &s->too_late);
    describe(s, device);
    if (wait == WAIT_LIST) {
        answer_op(s, OP_REP_DEVLIST, ST_OK);
        put32(count, ready);
        usbip_answer(s, count, sizeof(count));
        if (ready) {
            usbip_answer(s, device, sizeof(device));
            answer_interfaces(s);
        }
    } else if (wait == WAIT_IMPORT) {
        answer_op(s, OP_REP_IMPORT, ready ? ST_OK : ST_NA);
        if (ready) {
            usbip_answer(s, device, sizeof(device));
            s->imported = true;
        }
    }
}

static void wait_for_device(struct usbip *s, enum wait what)
{
    s->wait = what;
    usb_host_plug(&s->host);
    if (usb_host_ready(&s->host)) {
        usbip_answer_waiting(s, true);
    } else {
        sched_at(&s->m->sched, &s->too_late, machine_now(s->m) + ATTACH_WAIT);
    }
}

long usbip_take_op(struct usbip *s)
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
    usbip_answer(s, header, sizeof(header));
}

static void forget(struct usbip_transfer *t)
{
    struct usbip_transfer **at = &t->server->transfers;

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
    struct usbip_transfer *t = urb->owner;
    struct usbip *s = t->server;

    if (t->unlinked_by) {
        answer_urb(s, RET_UNLINK, t->unlinked_by, urb->status, 0);
    } else {
        answer_urb(s, RET_SUBMIT, t->seqnum, urb->status, urb->actual);
        if (urb->in) {
            usbip_answer(s, t->data, urb->actual);
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
    size_t size = URB_HEADER + (in ? 0 : (size_t)length);

    if (length > TRANSFER_MAX || get32(h + 16) > 15) {
        return -1;
    }
    if (s->in_len < size) {
        return 0;
    }
    if (get32(h + 16) == 0 && is_port_reset(h + 40)) {
        usb_host_reset(&s->host);
        answer_urb(s, RET_SUBMIT, get32(h + 4), USB_OK, 0);
        return URB_HEADER;
    }
    struct usbip_transfer *t = calloc(1, sizeof(*t) + length);
    if (!t) {
        return -1;
    }
    *t = (struct usbip_transfer){.server = s, .next = s->transfers, .seqnum = get32(h + 4)};
    t->urb = (struct usb_urb){
        .ep = get32(h + 16), .in = in, .data = t->data, .length = length, .done = done, .owner = t};
    memcpy(t->urb.setup, h + 40, 8);
    if (!in) {
        memcpy(t->data, h + URB_HEADER, length);
    }
    s->transfers = t;
    usb_host_submit(&s->host, &t->urb);
    return (long)size;
}

static void unlink_transfer(struct usbip *s, uint32_t seqnum, uint32_t which)
{
    for (struct usbip_transfer *t = s->transfers; t; t = t->next) {
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

long usbip_take_urb(struct usbip *s)
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

void usbip_forget_all(struct usbip *s)
{
    struct usbip_transfer *t = s->transfers;

    s->transfers = NULL;
    while (t) {
        struct usbip_transfer *next = t->next;
        free(t);
        t = next;
    }
}
