/* SPDX-License-Identifier: MIT */
/* The USB device that a serial port belongs to, as the kernel tells it. */
#ifndef DUO_TOOL_PORT_USB_H
#define DUO_TOOL_PORT_USB_H

#include <stdbool.h>
#include <stdint.h>

enum { USB_SERIAL_NUMBER = 128 };

struct usb_id {
    uint16_t vendor, product;
    char serial[USB_SERIAL_NUMBER]; /* "": none; of a wanted one: any */
};

/* "VID:PID" or "VID:PID:SERIAL", the first two in hexadecimal digits. False: it is not. */
bool usb_id_parse(const char *text, struct usb_id *id);

/* The device of the port /dev/NAME by the sysfs at `sys`. False: it is not a USB device's. */
bool usb_id_of_port(const char *sys, const char *port, struct usb_id *id);

bool usb_id_fits(const struct usb_id *wanted, const struct usb_id *found);

#endif
