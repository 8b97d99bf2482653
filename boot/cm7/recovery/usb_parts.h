/* SPDX-License-Identifier: MIT */
/*
 * What recovery by USB consists of: the bus, and the lines that it shares with others (usb.c); what
 * is made of what a host sends: files (usb_files.c) or, in a build with DUO_DFUSE, slots by address
 * (usb_slots.c). Not for others.
 */
#ifndef DUO_BOOT_RECOVERY_USB_PARTS_H
#define DUO_BOOT_RECOVERY_USB_PARTS_H

#include "boot/cm7/recovery/usb.h"

/* A host that has asked nothing for so long has gone. */
#define USB_HOST_GONE_MS 10000u

struct usb {
    struct recovery *recovery;
    struct duo_usb bus;
    struct duo_dfu dfu;
    bool open;                     /* the update session is ours */
    uint32_t active_at, polled_at; /* ms */
};

extern struct usb usb;

/* ---- usb.c ---- */

/* Says to host and line why not; gives `status` back. */
enum duo_dfu_status usb_refuse(enum duo_dfu_status status, const char *what, const char *advice);
enum duo_dfu_status usb_status_for(enum duo_status status);
const char *usb_reason_text(void *ctx);

/* May an update be received now? A refusal has been told to the host. */
enum duo_dfu_status usb_may_begin(void);
/* The same, and the serial line asks for no file any more. */
enum duo_dfu_status usb_take_line(void);

/* A set is staged: resets, to install it. */
_Noreturn void usb_install(void);
/* Nothing was sent, and the host lets go. */
_Noreturn void usb_end(void);

/* ---- usb_files.c or usb_slots.c ---- */

extern const struct duo_dfu_ops usb_ops;

/* The host has asked nothing for so long. */
void usb_quiet(uint32_t ms);

#endif
