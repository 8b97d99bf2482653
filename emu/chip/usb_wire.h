/* SPDX-License-Identifier: MIT */
/*
 * The plug of the chip's USB controllers: what a host at the other end of the cable does, one
 * transaction at a time, and what the device answers. Full speed. When it happens is the host's
 * affair (emu/host/usb_host.c); nothing here takes time.
 */
#ifndef EMU_CHIP_USB_WIRE_H
#define EMU_CHIP_USB_WIRE_H

#include "emu/machine.h"

#define USB_PACKET_MAX 1023u /* bytes; full speed, isochronous */

struct otg;

enum usb_answer {
    USB_ACK,
    USB_NAK,   /* not now: the host asks again */
    USB_STALL, /* never, until the endpoint is cleared */
    USB_SILENT /* no answer: wrong address, no clock, no room for a SETUP, not connected */
};

#define USB_PLUGS 2
/* Plug number n: 0 is OTG_HS (USB1), 1 is OTG_FS (USB2). */
struct otg *otg_get(struct machine *m, unsigned n);
/* "OTG_FS", "OTG_HS" */
const char *otg_name(const struct otg *o);

/* VBUS at the plug comes or goes. Unplugged is the state after power-on. */
void otg_plug(struct otg *o, bool plugged);
/* Does the device show itself by its pull-up on D+? */
bool otg_attached(const struct otg *o);
/* The host begins or ends a reset of the bus (SE0). Frames run from its end to the next reset or to
 * otg_idle(). */
void otg_bus_reset(struct otg *o, bool active);
/* No more frames: the device sees suspend after 3 ms. */
void otg_idle(struct otg *o);

/* One transaction to device address `addr`. `data1`: which of DATA0 and DATA1. */
enum usb_answer otg_setup(struct otg *o, unsigned addr, const uint8_t setup[8]);
enum usb_answer otg_out(struct otg *o, unsigned addr, unsigned ep, bool data1, const uint8_t *bytes,
                        unsigned n);
/* *n: room in, length out. The host has acknowledged it. */
enum usb_answer otg_in(struct otg *o, unsigned addr, unsigned ep, bool *data1, uint8_t *bytes,
                       unsigned *n);

/* Told when what was NAKed may be answered otherwise now, and when the pull-up comes or goes. One
 * listener; from inside a slice of a core. */
void otg_listen(struct otg *o, void (*fn)(void *arg), void *arg);

#endif
