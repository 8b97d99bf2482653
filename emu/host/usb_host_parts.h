/* SPDX-License-Identifier: MIT */
/* Inside of the USB host: usb_host.c (transfers) and usb_port.c (the port, enumeration). */
#ifndef EMU_HOST_USB_HOST_PARTS_H
#define EMU_HOST_USB_HOST_PARTS_H

#include "emu/host/usb_host.h"

enum {
    CLEAR_FEATURE = 1,
    SET_ADDRESS = 5,
    GET_DESCRIPTOR = 6,
    SET_CONFIGURATION = 9,
    SET_INTERFACE = 11
};

static inline unsigned usb_le16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

void usb_transfers_init(struct usb_host *h);
/* Puts it in line, whatever the port's state. */
void usb_transfer_begin(struct usb_host *h, struct usb_urb *urb);
/* All of them are done, with this status. */
void usb_transfers_end(struct usb_host *h, int status);

#endif
