/* SPDX-License-Identifier: MIT */
/*
 * The USB plugs of the board as a USB/IP server: `duoemu run --usb OTG_FS=usbip:PORT`. A Linux PC
 * (usbip attach), a QEMU guest or a program that speaks the protocol finds one device at bus id
 * 1-1. Documentation/usb/usbip_protocol.rst of the Linux kernel, version 1.1.1.
 *
 * A connection is the cable: while a client has the device it is plugged in, and when the client
 * goes it is pulled out. One client at a time. A client's reset of the port (SET_FEATURE PORT_RESET
 * on endpoint 0, as the kernel's own server takes it) resets the bus.
 */
#ifndef EMU_HOST_USBIP_H
#define EMU_HOST_USBIP_H

#include "emu/machine.h"

#include <poll.h>

struct usbip;

struct usbips {
    struct usbip *list[2];
    unsigned count;
};

/* "OTG_FS=usbip:PORT" (port 0: any); tells the port on stderr. False with a message in err. */
bool usbips_add(struct usbips *u, struct machine *m, const char *spec, char *err, size_t errlen);
/* What to wait for in poll(): fills at most `max` entries, returns how many. */
unsigned usbips_fds(const struct usbips *u, struct pollfd *fds, unsigned max);
/* Takes what has come, sends what is ready. Never blocks. */
void usbips_poll(struct usbips *u);
/* Transactions on the wires so far. */
uint64_t usbips_moved(const struct usbips *u);
void usbips_close(struct usbips *u);

#endif
