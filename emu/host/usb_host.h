/* SPDX-License-Identifier: MIT */
/*
 * A USB host with one full-speed port, in virtual time: port power, reset, enumeration, and
 * transfers on any number of endpoints. Who asks for transfers (USB/IP, a test) sees what a driver
 * sees above a host controller.
 *
 * Modelled: bits on the wire, debounce, reset and recovery times, NAK, STALL, data toggles, three
 * tries. Not modelled: the host controller's own schedule, which lets most hosts begin a control
 * transfer only once in a frame; hubs; isochronous transfers.
 */
#ifndef EMU_HOST_USB_HOST_H
#define EMU_HOST_USB_HOST_H

#include "emu/chip/usb_wire.h"
#include "emu/sched.h"

#define USB_CONFIG_MAX 1024u

/* Values of urb.status, as Linux has them. */
enum {
    USB_OK = 0,
    USB_E_STALL = -32,
    USB_E_PROTOCOL = -71,
    USB_E_GONE = -19,
    USB_E_UNLINKED = -104
};

struct usb_urb {
    unsigned ep; /* number without direction */
    bool in;
    uint8_t setup[8]; /* of a control transfer, ep 0 */
    uint8_t *data;    /* `length` bytes; the owner's, until done */
    uint32_t length, actual;
    int status;
    void (*done)(struct usb_urb *urb); /* once; may submit others */
    void *owner;
    /* private */
    struct usb_urb *next;
    unsigned stage, tries;
    bool asked; /* and NAKed: nothing new until the device does something */
};

enum usb_port {
    USB_OFF,
    USB_WAITING,
    USB_DEBOUNCE,
    USB_RESET,
    USB_RECOVERY,
    USB_ADDRESSING,
    USB_READY
};

struct usb_host {
    struct machine *m;
    struct otg *otg;
    enum usb_port port;
    struct sched_event step, turn;
    struct usb_urb *urbs;
    struct usb_urb own; /* enumeration */
    unsigned own_step;
    bool in_done;
    unsigned address, configuration;
    bool restoring;         /* after a reset that a client asked for */
    uint32_t toggles[2];    /* OUT, IN: one bit an endpoint */
    uint16_t packet[2][16]; /* largest packet, from the descriptors */
    uint8_t device[18], config[USB_CONFIG_MAX];
    unsigned config_length;
    uint64_t moved; /* transactions */
    void (*changed)(void *arg, bool ready);
    void *changed_arg;
};

void usb_host_init(struct usb_host *h, struct machine *m, struct otg *otg);
/* Told when the device is enumerated (addressed, descriptors read, not configured), and when it has
 * gone. */
void usb_host_listen(struct usb_host *h, void (*fn)(void *arg, bool ready), void *arg);

/* Plugs the cable in: enumerates as soon as the device shows itself. */
void usb_host_plug(struct usb_host *h);
/* Pulls it out: what is under way ends with USB_E_GONE. */
void usb_host_unplug(struct usb_host *h);
/* Resets the bus and restores address and configuration, as drivers expect it. */
void usb_host_reset(struct usb_host *h);
bool usb_host_ready(const struct usb_host *h);

/* USB_E_GONE at once when there is no device. */
void usb_host_submit(struct usb_host *h, struct usb_urb *urb);
/* It is done with USB_E_UNLINKED. False: it is not on its way any more. */
bool usb_host_unlink(struct usb_host *h, struct usb_urb *urb);

#endif
