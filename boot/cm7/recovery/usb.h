/* SPDX-License-Identifier: MIT */
/*
 * Recovery by USB: Device Firmware Upgrade with three alternates, a set, the M7's image, the M4's
 * image; with DUO_DFUSE one alternate, the flash by address. It stands beside the serial line; one
 * update at a time, from whichever begins first.
 */
#ifndef DUO_BOOT_RECOVERY_USB_H
#define DUO_BOOT_RECOVERY_USB_H

#include "boot/cm7/recovery/recovery.h"
#include "proto/dfu.h"

#if DUO_DFUSE
enum { USB_FLASH, USB_ALTERNATES };
#else
enum { USB_SET, USB_M7, USB_M4, USB_ALTERNATES };
#endif

/* Shows the device to a host. */
void usb_start(struct recovery *r);

/* Serves the bus; at any time, also while the flash works. */
void usb_poll(void);

/* Does what a host has asked for. True: it has the update session, and the serial line has to wait.
 */
bool usb_work(void);

/* ---- What the device is (usb_device.c) ---- */

/* The device's descriptors and requests; `activity` is called at each request to the class. */
const struct duo_usb_function *usb_function(void (*activity)(void));

/* Text for the host to a refusal; copied, cut at 126 characters. */
void usb_set_reason(const char *what, const char *advice);
const char *usb_reason(void);

#endif
