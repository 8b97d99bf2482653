/* SPDX-License-Identifier: MIT */
/*
 * A USB device as DFU needs it: control transfers to interface 0. Two ways lead to one: this
 * machine's USB (libusb), and the plug of an emulated board (USB/IP, `duoemu run --usb`), which
 * needs neither a kernel module nor rights.
 */
#ifndef DUO_TOOL_USB_LINK_H
#define DUO_TOOL_USB_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum usb_result {
    USB_GONE = -1,    /* unplugged, or reset */
    USB_STALLED = -2, /* the device refuses the request */
    USB_FAILED = -3   /* anything else; `error` says what */
};

enum usb_found {
    USB_NONE,    /* not there, not yet */
    USB_OPEN,    /* found, and ours */
    USB_SEVERAL, /* more than one fits */
    USB_DENIED,  /* there, but this user may not use it */
    USB_BROKEN   /* `error` says why no device can be found at all */
};

/* Which device: vendor and product, and the serial number if it is not NULL. */
struct usb_wanted {
    uint16_t vendor, product;
    const char *serial;
};

struct usb_request {
    uint8_t type, request;
    uint16_t value, index, length;
};

struct usb_link;
struct usb_link_ops {
    enum usb_found (*find)(struct usb_link *l, const struct usb_wanted *wanted);
    /* Bytes moved, or an enum usb_result. */
    int (*control)(struct usb_link *l, const struct usb_request *r, uint8_t *data);
    /* Configuration 1 and this alternate of interface 0. 0, or an enum usb_result. */
    int (*select)(struct usb_link *l, uint8_t alternate);
    void (*close)(struct usb_link *l);
};

struct usb_link {
    const struct usb_link_ops *ops;
    void *context, *handle; /* libusb's */
    int fd;                 /* USB/IP's connection */
    uint16_t port;
    uint32_t number; /* of the last transfer */
    char error[256]; /* why it failed; USB_SEVERAL: their serial numbers */
};

/* This machine's USB. */
void usb_link_local(struct usb_link *l);
/* The emulated board's plug, on a TCP port of this machine. */
void usb_link_emulated(struct usb_link *l, uint16_t port);

/* A transfer takes no longer: a device that is busy with its flash answers late. */
#define USB_TRANSFER_MS 30000u

#endif
