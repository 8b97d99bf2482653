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

static uint8_t control(void (*get)(void *to, size_t n))
{
    uint64_t until;
    uint32_t length;

    get(&until, sizeof(until));
    urb = (struct usb_urb){.data = data, .done = urb_done};
    get(urb.setup, sizeof(urb.setup));
    get(&length, sizeof(length));
    if (length > DATA_MAX) {
        fprintf(stderr, "line_board: a control transfer of %u bytes\n", (unsigned)length);
        exit(1);
    }
    urb.in = urb.setup[0] & 0x80;
    urb.length = length;
    if (!urb.in && length) {
        get(data, length);
    }
    done = false;
    usb_host_submit(&host, &urb);
    uint8_t why = M_USER;
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
        why = control(get);
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
