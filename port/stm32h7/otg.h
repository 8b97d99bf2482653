/* SPDX-License-Identifier: MIT */
/*
 * The controller OTG_FS as a full-speed device with endpoint 0 only, polled. Clock: HSI48, kept in
 * step by the host's frames. No VBUS and no ID pin are needed.
 */
#ifndef DUO_OTG_H
#define DUO_OTG_H

#include "proto/usb_ep0.h"

/*
 * Switches everything on and shows the device to the host; waits about 30 ms. From then on an event
 * of the bus makes this core's OTG interrupt pending, which is not enabled: with SCR.SEVONPEND, set
 * here, it ends WFE. False: a clock or the supply does not come; nothing is connected then.
 */
bool otg_start(struct duo_usb *u, const struct duo_usb_function *function, void *ctx);

/* Serves what has come; returns at once, whether it was started or not. */
void otg_poll(void);

/* The chip's unique id (96 bits) as text of 24 digits. */
#define OTG_SERIAL_SIZE 25u
void otg_serial(char text[OTG_SERIAL_SIZE]);

/* Off the bus, long enough for the host to see it. What is left on a system reset switches off; it
 * must follow. */
void otg_stop(void);

#endif
