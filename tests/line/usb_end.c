/* SPDX-License-Identifier: MIT */
#include "usb_end.h"

#include <stdio.h>
#include <stdlib.h>

#define DATA_MAX 65536u

static struct usb_host host;
static struct usb_urb urb;
static uint8_t data[DATA_MAX];
static bool done;

static void urb_done(struct usb_urb *u)
{
    (void)u;
    done = true;
    machine_stop(host.m);
}

void usb_end_init(struct machine *m)
{
    usb_host_init(&host, m, otg_get(m, 1));
}

/* Runs until the transfer is over, or until that time. */
static uint8_t transfer(uint64_t until)
{
    uint8_t why = M_USER;

    done = false;
    usb_host_submit(&host, &urb);
    while (!done && (why = (uint8_t)machine_run(host.m, until)) == M_POWER_CUT) {
        machine_power_cycle(host.m);
    }
    if (!done) {
        usb_host_unlink(&host, &urb);
        urb.status = USB_UNDER_WAY;
    }
    host.m->stop_requested = false;
    return why;
}

/* A control transfer, or one on another endpoint. */
static uint8_t ask(void (*get)(void *to, size_t n), bool is_control)
{
    uint64_t until;
    uint32_t length;
    uint8_t endpoint;

    get(&until, sizeof(until));
    urb = (struct usb_urb){.data = data, .done = urb_done};
    if (is_control) {
        get(urb.setup, sizeof(urb.setup));
        urb.in = urb.setup[0] & 0x80;
    } else {
        get(&endpoint, 1);
        urb.ep = endpoint & 0xFu;
        urb.in = endpoint & 0x80u;
    }
    get(&length, sizeof(length));
    if (length > DATA_MAX) {
        fprintf(stderr, "line_board: a transfer of %u bytes\n", (unsigned)length);
        exit(1);
    }
    urb.length = length;
    if (!urb.in && length) {
        get(data, length);
    }
    return transfer(until);
}

void usb_end_serve(void (*get)(void *to, size_t n), void (*put)(const void *from, size_t n))
{
    uint8_t what, why = M_USER;
    int32_t status = 0;
    uint32_t n = 0;

    get(&what, 1);
    switch (what) {
    case 'p':
        usb_host_plug(&host);
        break;
    case 'x':
        usb_host_unplug(&host);
        break;
    case 'r':
        usb_host_reset(&host);
        break;
    case 'c':
    case 'e':
        why = ask(get, what == 'c');
        status = urb.status;
        n = urb.in ? urb.actual : 0;
        break;
    default:
        break;
    }
    uint8_t port = (uint8_t)host.port;
    put(&why, 1);
    put(&port, 1);
    put(&status, sizeof(status));
    put(&n, sizeof(n));
    put(data, n);
}
