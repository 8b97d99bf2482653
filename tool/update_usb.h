/* SPDX-License-Identifier: MIT */
/* One update by USB DFU: the other way than update.h's serial line. */
#ifndef DUO_TOOL_UPDATE_USB_H
#define DUO_TOOL_UPDATE_USB_H

#include "tool/update.h"

struct usb_args {
    bool on;            /* by USB at all */
    const char *device; /* VID:PID or a serial number; NULL: duoboot's own id */
    uint32_t emulated;  /* port of `duoemu run --usb`; 0: this machine's USB */
};

/* What is wrong with these arguments; NULL: nothing. */
const char *update_usb_mistake(const struct usb_args *a);
/* Waits for a device in recovery and sends the bundle; an exit_code, reported. */
int update_usb(struct update *u, const struct usb_args *a);

#endif
