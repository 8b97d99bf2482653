/* SPDX-License-Identifier: MIT */
#include "emu/host/usb_host.h"

#include <string.h>

/* USB 2.0: 7.1.7.3 debounce; 7.1.7.5 reset of a root port 50 ms, 10 ms recovery; 9.2.6.3 2 ms after
 * SET_ADDRESS. */
#define DEBOUNCE      (100 * VT_MS)
#define RESET_TIME    (50 * VT_MS)
#define RECOVERY_TIME (10 * VT_MS)
#define ADDRESS_TIME  (2 * VT_MS)
#define LOOK_EVERY    (10 * VT_MS) /* at the pull-up */
#define RETRY_AFTER   (50 * VT_US)
#define WAKE_AFTER    (5 * VT_US) /* the next token that finds a busy device ready */
#define TRIES         3u
#define ADDRESS       1u

enum { STAGE_SETUP, STAGE_DATA, STAGE_STATUS };
enum {
    GET_DESCRIPTOR = 6,
    SET_ADDRESS = 5,
    SET_CONFIGURATION = 9,
    SET_INTERFACE = 11,
    CLEAR_FEATURE = 1
};

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

static unsigned le16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

/* What a request that the device has accepted changes for its host. */
static void accepted(struct usb_host *h, const struct usb_urb *urb)
{
    const uint8_t *s = urb->setup;

    if (s[0] == 0x00 && s[1] == SET_ADDRESS) {
        h->address = le16(s + 2) & 0x7F;
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
    bool data_in = urb->setup[0] & 0x80 && le16(urb->setup + 6);
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

static void append(struct usb_host *h, struct usb_urb *urb)
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
    append(h, urb);
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

static void end_all(struct usb_host *h, int status)
{
    while (h->urbs) {
        finish(h, h->urbs, status);
    }
}

/* ---- enumeration ---- */

static void own_request(struct usb_host *h, uint8_t type, uint8_t request, uint16_t value,
                        uint8_t *data, uint16_t length)
{
    struct usb_urb *u = &h->own;
    const uint8_t setup[8] = {type, request, (uint8_t)value,  (uint8_t)(value >> 8),
                              0,    0,       (uint8_t)length, (uint8_t)(length >> 8)};

    memcpy(u->setup, setup, sizeof(setup));
    u->data = data;
    u->length = length;
    append(h, u);
}

static void step_after(struct usb_host *h, vtime_t t)
{
    sched_at(&h->m->sched, &h->step, machine_now(h->m) + t);
}

/* The largest packets of all endpoints of the configuration. */
static void read_endpoints(struct usb_host *h)
{
    for (unsigned i = 0; i + 6 < h->config_length && h->config[i]; i += h->config[i]) {
        const uint8_t *d = h->config + i;
        if (d[1] == 5) {
            h->packet[d[2] >> 7][d[2] & 0xF] = le16(d + 4) & 0x7FF;
        }
    }
}

static void ready(struct usb_host *h)
{
    h->port = USB_READY;
    h->restoring = false;
    step_after(h, LOOK_EVERY);
    if (h->changed) {
        h->changed(h->changed_arg, true);
    }
}

static void enumerate(struct usb_host *h)
{
    switch (h->own_step++) {
    case 0: /* how large the packets of endpoint 0 are */
        own_request(h, 0x80, GET_DESCRIPTOR, 0x100, h->device, h->restoring ? 18 : 8);
        break;
    case 1:
        own_request(h, 0x00, SET_ADDRESS, ADDRESS, NULL, 0);
        break;
    case 2:
        own_request(h, 0x80, GET_DESCRIPTOR, 0x100, h->device, 18);
        break;
    case 3:
        own_request(h, 0x80, GET_DESCRIPTOR, 0x200, h->config, 9);
        break;
    case 4:
        h->config_length = le16(h->config + 2);
        if (h->config_length > USB_CONFIG_MAX) {
            h->config_length = USB_CONFIG_MAX;
        }
        own_request(h, 0x80, GET_DESCRIPTOR, 0x200, h->config, (uint16_t)h->config_length);
        break;
    case 5:
        read_endpoints(h);
        if (h->restoring && h->configuration) {
            own_request(h, 0x00, SET_CONFIGURATION, (uint16_t)h->configuration, NULL, 0);
            break;
        }
        ready(h);
        break;
    default:
        ready(h);
        break;
    }
}

static void gone(struct usb_host *h);

static void own_done(struct usb_urb *u)
{
    struct usb_host *h = u->owner;

    if (h->port != USB_ADDRESSING) {
        return; /* the port has lost it meanwhile */
    }
    if (u->status != USB_OK) {
        gone(h); /* and tries again */
    } else if (u->setup[1] == SET_ADDRESS) {
        step_after(h, ADDRESS_TIME);
    } else {
        enumerate(h);
    }
}

/* ---- the port ---- */

static void gone(struct usb_host *h)
{
    bool was_ready = h->port == USB_READY || h->restoring;

    h->port = USB_WAITING;
    h->restoring = false;
    h->address = h->configuration = 0;
    sched_cancel(&h->m->sched, &h->turn);
    otg_idle(h->otg);
    end_all(h, USB_E_GONE);
    step_after(h, LOOK_EVERY);
    if (was_ready && h->changed) {
        h->changed(h->changed_arg, false);
    }
}

static void start_reset(struct usb_host *h)
{
    h->port = USB_RESET;
    h->address = 0;
    memset(h->packet, 0, sizeof(h->packet));
    h->device[7] = 64;
    otg_bus_reset(h->otg, true);
    step_after(h, RESET_TIME);
}

static void step(void *arg)
{
    struct usb_host *h = arg;

    if (h->port >= USB_DEBOUNCE && !otg_attached(h->otg)) {
        gone(h);
        return;
    }
    switch (h->port) {
    case USB_OFF:
        break;
    case USB_WAITING:
        h->port = otg_attached(h->otg) ? USB_DEBOUNCE : USB_WAITING;
        step_after(h, h->port == USB_DEBOUNCE ? DEBOUNCE : LOOK_EVERY);
        break;
    case USB_DEBOUNCE:
        start_reset(h);
        break;
    case USB_RESET:
        otg_bus_reset(h->otg, false);
        h->port = USB_RECOVERY;
        step_after(h, RECOVERY_TIME);
        break;
    case USB_RECOVERY:
        h->port = USB_ADDRESSING;
        h->own_step = 0;
        enumerate(h);
        break;
    case USB_ADDRESSING:
        enumerate(h);
        break;
    case USB_READY:
        step_after(h, LOOK_EVERY);
        break;
    }
}

void usb_host_init(struct usb_host *h, struct machine *m, struct otg *otg)
{
    memset(h, 0, sizeof(*h));
    h->m = m;
    h->otg = otg;
    h->own.done = own_done;
    h->own.owner = h;
    sched_event_init(&h->step, step, h);
    sched_event_init(&h->turn, turn, h);
    otg_listen(otg, device_did_something, h);
}

void usb_host_listen(struct usb_host *h, void (*fn)(void *arg, bool ready), void *arg)
{
    h->changed = fn;
    h->changed_arg = arg;
}

void usb_host_plug(struct usb_host *h)
{
    if (h->port == USB_OFF) {
        otg_plug(h->otg, true);
        h->port = USB_WAITING;
        step_after(h, LOOK_EVERY);
    }
}

void usb_host_unplug(struct usb_host *h)
{
    if (h->port != USB_OFF) {
        gone(h);
        h->port = USB_OFF;
        sched_cancel(&h->m->sched, &h->step);
        otg_plug(h->otg, false);
    }
}

void usb_host_reset(struct usb_host *h)
{
    if (h->port == USB_READY) {
        h->restoring = true;
        sched_cancel(&h->m->sched, &h->turn);
        h->port = USB_RESET;
        end_all(h, USB_E_UNLINKED);
        start_reset(h);
    }
}

bool usb_host_ready(const struct usb_host *h)
{
    return h->port == USB_READY;
}
