/* SPDX-License-Identifier: MIT */
/* The host's port: what happens from the plugging in to the device that is ready, and back. */
#include "emu/host/usb_host_parts.h"

#include <string.h>

/* USB 2.0: 7.1.7.3 debounce; 7.1.7.5 reset of a root port 50 ms, 10 ms recovery; 9.2.6.3 2 ms after
 * SET_ADDRESS. */
#define DEBOUNCE      (100 * VT_MS)
#define RESET_TIME    (50 * VT_MS)
#define RECOVERY_TIME (10 * VT_MS)
#define ADDRESS_TIME  (2 * VT_MS)
#define LOOK_EVERY    (10 * VT_MS) /* at the pull-up */
#define ADDRESS       1u

static void own_request(struct usb_host *h, uint8_t type, uint8_t request, uint16_t value,
                        uint8_t *data, uint16_t length)
{
    struct usb_urb *u = &h->own;
    const uint8_t setup[8] = {type, request, (uint8_t)value,  (uint8_t)(value >> 8),
                              0,    0,       (uint8_t)length, (uint8_t)(length >> 8)};

    memcpy(u->setup, setup, sizeof(setup));
    u->data = data;
    u->length = length;
    usb_transfer_begin(h, u);
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
            h->packet[d[2] >> 7][d[2] & 0xF] = usb_le16(d + 4) & 0x7FF;
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
        h->config_length = usb_le16(h->config + 2);
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
    usb_transfers_end(h, USB_E_GONE);
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
    sched_event_init(&h->step, "--usb: a step of the port", step, h);
    usb_transfers_init(h);
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
        usb_transfers_end(h, USB_E_UNLINKED);
        start_reset(h);
    }
}

bool usb_host_ready(const struct usb_host *h)
{
    return h->port == USB_READY;
}
