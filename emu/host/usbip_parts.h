/* SPDX-License-Identifier: MIT */
/* Inside of the USB/IP server: usbip.c (sockets, clients) and usbip_protocol.c (messages). */
#ifndef EMU_HOST_USBIP_PARTS_H
#define EMU_HOST_USBIP_PARTS_H

#include "emu/host/usb_host.h"
#include "emu/host/usbip.h"

struct usbip_transfer;

/* A client that has said what it wants, and waits for the device. */
enum wait { WAIT_NOTHING, WAIT_LIST, WAIT_IMPORT };

struct usbip {
    struct machine *m;
    struct usb_host host;
    int listen_fd, fd; /* -1: none */
    enum wait wait;
    bool imported;
    struct sched_event too_late;
    struct usbip_transfer *transfers;
    uint8_t *in, *out;
    size_t in_len, in_size, out_len, out_size;
};

/* ---- usbip.c ---- */

/* Queues bytes for the client. */
void usbip_answer(struct usbip *s, const uint8_t *bytes, size_t n);

/* ---- usbip_protocol.c ---- */

/* Takes a message from the front of `in`. Bytes used; 0: not all there yet; -1: this is no client.
 */
long usbip_take_op(struct usbip *s);  /* before a client has the device */
long usbip_take_urb(struct usbip *s); /* after */
/* The device that a client waits for is there; or it does not come. */
void usbip_answer_waiting(struct usbip *s, bool ready);
/* The machine ends: what is left of transfers. */
void usbip_forget_all(struct usbip *s);

#endif
