/* SPDX-License-Identifier: MIT */
#include "emu/host/usb_host_parts.h"

#include <string.h>

#define RETRY_AFTER (50 * VT_US)
#define WAKE_AFTER  (5 * VT_US) /* the next token that finds a busy device ready */
#define TRIES       3u

enum { STAGE_SETUP, STAGE_DATA, STAGE_STATUS };

/* ---- time on the wire: 12 Mbit/s, sync and PID 16 bits, CRC16, end of packet 3; 8 between two
 * packets ---- */

static vtime_t wire_time(unsigned bytes)
{
    unsigned token = 16 + 16 + 3, handshake = 16 + 3, gaps = 3 * 8;
    unsigned bits = token + 16 + 8 * bytes + 16 + 3 + handshake + gaps;

    return bits * (VT_US / 12);
}

static void turn_at(struct usb_host *h, vtime_t after)
{
    if (!sched_pending(&h->turn)) {
        sched_at(&h->m->sched, &h->turn, machine_now(h->m) + after);
    }
}

/* ---- transfers ---- */

static void unlink_urb(struct usb_host *h, struct usb_urb *urb)
{
    struct usb_urb **at = &h->urbs;

    while (*at && *at != urb) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = urb->next;
    }
}

static void finish(struct usb_host *h, struct usb_urb *urb, int status)
{
    unlink_urb(h, urb);
    urb->status = status;
    urb->done(urb);
}

/* What a request that the device has accepted changes for its host. */
static void accepted(struct usb_host *h, const struct usb_urb *urb)
{
    const uint8_t *s = urb->setup;

    if (s[0] == 0x00 && s[1] == SET_ADDRESS) {
        h->address = usb_le16(s + 2) & 0x7F;
    } else if (s[0] == 0x00 && s[1] == SET_CONFIGURATION) {
        h->configuration = s[2];
        h->toggles[0] = h->toggles[1] = 0;
    } else if (s[0] == 0x01 && s[1] == SET_INTERFACE) {
        h->toggles[0] = h->toggles[1] = 0;
    } else if (s[0] == 0x02 && s[1] == CLEAR_FEATURE && s[2] == 0) {
        h->toggles[s[4] >> 7] &= ~(1u << (s[4] & 0xF));
    }
}

static unsigned packet_size(const struct usb_host *h, const struct usb_urb *urb)
{
    unsigned size = urb->ep ? h->packet[urb->in][urb->ep] : h->device[7];

    return size ? size : 8;
}

/* Which way the packets of this stage go. */
static bool stage_in(const struct usb_urb *urb)
{
    if (urb->ep) {
        return urb->in;
    }
    bool data_in = urb->setup[0] & 0x80 && usb_le16(urb->setup + 6);
    return urb->stage == STAGE_DATA ? data_in : !data_in;
}

static enum usb_answer move_in(struct usb_host *h, struct usb_urb *urb, unsigned *n)
{
    uint8_t packet[USB_PACKET_MAX];
    bool data1, wanted = h->toggles[1] >> urb->ep & 1;

    *n = sizeof(packet);
    enum usb_answer answer = otg_in(h->otg, h->address, urb->ep, &data1, packet, n);
    if (answer != USB_ACK || data1 != wanted) {
        return answer == USB_ACK ? USB_NAK : answer; /* a repetition: taken and forgotten */
    }
    h->toggles[1] ^= 1u << urb->ep;
    unsigned room = urb->stage == STAGE_STATUS ? 0 : urb->length - urb->actual;
    if (*n > room) {
        return USB_SILENT; /* babble */
    }
    memcpy(urb->data + urb->actual, packet, *n);
    urb->actual += *n;
    return USB_ACK;
}

static enum usb_answer move_out(struct usb_host *h, struct usb_urb *urb, unsigned *n)
{
    unsigned left = urb->stage == STAGE_STATUS ? 0 : urb->length - urb->actual;

    *n = left < packet_size(h, urb) ? left : packet_size(h, urb);
    bool data1 = h->toggles[0] >> urb->ep & 1;
    enum usb_answer answer =
        otg_out(h->otg, h->address, urb->ep, data1, *n ? urb->data + urb->actual : NULL, *n);
    if (answer == USB_ACK) {
        h->toggles[0] ^= 1u << urb->ep;
        urb->actual += *n;
    }
    return answer;
}

static enum usb_answer move_setup(struct usb_host *h, struct usb_urb *urb, unsigned *n)
{
    *n = 8;
    h->toggles[0] |= 1;
    h->toggles[1] |= 1;
    return otg_setup(h->otg, h->address, urb->setup);
}

static enum usb_answer transact(struct usb_host *h, struct usb_urb *urb, unsigned *n)
{
    if (urb->ep == 0 && urb->stage == STAGE_SETUP) {
        return move_setup(h, urb, n);
    }
    return stage_in(urb) ? move_in(h, urb, n) : move_out(h, urb, n);
}

/* A packet has moved: the next stage, or the end. */
static void advance(struct usb_host *h, struct usb_urb *urb, unsigned n)
{
    bool full = urb->actual == urb->length, brief = n < packet_size(h, urb);

    urb->tries = 0;
    if (urb->ep) {
        if (full || (urb->in && brief)) {
            finish(h, urb, USB_OK);
        }
        return;
    }
    if (urb->stage == STAGE_SETUP) {
        urb->stage = urb->length ? STAGE_DATA : STAGE_STATUS;
    } else if (urb->stage == STAGE_DATA) {
        if (full || (stage_in(urb) && brief)) {
            urb->stage = STAGE_STATUS;
            h->toggles[0] |= 1;
            h->toggles[1] |= 1;
        }
    } else {
        accepted(h, urb);
        finish(h, urb, USB_OK);
    }
}

/* True: the bus was in use. */
static bool serve(struct usb_host *h, struct usb_urb *urb)
{
    unsigned n = 0;

    switch (transact(h, urb, &n)) {
    case USB_ACK:
        h->moved++;
        turn_at(h, wire_time(n));
        advance(h, urb, n);
        return true;
    case USB_NAK:
        urb->asked = true;
        return false;
    case USB_STALL:
        finish(h, urb, USB_E_STALL);
        break;
    case USB_SILENT:
        if (++urb->tries < TRIES) {
            turn_at(h, RETRY_AFTER);
            return true;
        }
        finish(h, urb, USB_E_PROTOCOL);
        break;
    }
    turn_at(h, wire_time(0));
    return true;
}

static bool first_of_its_endpoint(const struct usb_host *h, const struct usb_urb *urb)
{
    for (const struct usb_urb *u = h->urbs; u != urb; u = u->next) {
        if (u->ep == urb->ep && (u->in == urb->in || u->ep == 0)) {
            return false;
        }
    }
    return true;
}

/* One transaction, of the first transfer in line whose endpoint is not known to be busy. */
static void turn(void *arg)
{
    struct usb_host *h = arg;

    if (h->port != USB_READY && h->port != USB_ADDRESSING) {
        return;
    }
    for (struct usb_urb *u = h->urbs; u; u = u->next) {
        if (!u->asked && first_of_its_endpoint(h, u) && serve(h, u)) {
            return;
        }
    }
}

static void device_did_something(void *arg)
{
    struct usb_host *h = arg;

    if (!h->urbs) {
        return;
    }
    for (struct usb_urb *u = h->urbs; u; u = u->next) {
        u->asked = false;
    }
    turn_at(h, WAKE_AFTER);
}

void usb_transfer_begin(struct usb_host *h, struct usb_urb *urb)
{
    struct usb_urb **at = &h->urbs;

    urb->next = NULL;
    urb->stage = STAGE_SETUP;
    urb->actual = urb->tries = 0;
    urb->asked = false;
    while (*at) {
        at = &(*at)->next;
    }
    *at = urb;
    turn_at(h, wire_time(0));
}

void usb_host_submit(struct usb_host *h, struct usb_urb *urb)
{
    if (h->port != USB_READY) {
        urb->status = USB_E_GONE;
        urb->actual = 0;
        urb->done(urb);
        return;
    }
    usb_transfer_begin(h, urb);
}

bool usb_host_unlink(struct usb_host *h, struct usb_urb *urb)
{
    for (struct usb_urb *u = h->urbs; u; u = u->next) {
        if (u == urb) {
            finish(h, u, USB_E_UNLINKED);
            return true;
        }
    }
    return false;
}

void usb_transfers_end(struct usb_host *h, int status)
{
    while (h->urbs) {
        finish(h, h->urbs, status);
    }
}

void usb_transfers_init(struct usb_host *h)
{
    sched_event_init(&h->turn, "USB host: a turn", turn, h);
    otg_listen(h->otg, device_did_something, h);
}
