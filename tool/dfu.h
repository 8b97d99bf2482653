/* SPDX-License-Identifier: MIT */
/* The host's side of USB DFU 1.1: what dfu-util does, for a machine without it. */
#ifndef DUO_TOOL_DFU_H
#define DUO_TOOL_DFU_H

#include "tool/usb_link.h"

enum dfu_result {
    DFU_DONE,
    DFU_DETACHED, /* it was an application, and is on its way into recovery */
    DFU_REFUSED,  /* the device says no; `error` has its words */
    DFU_GONE,     /* unplugged, or reset */
    DFU_BROKEN,   /* the USB failed, or the device does not speak DFU; `error` says how */
    DFU_STUCK,    /* busy for longer than anything takes */
    DFU_STOPPED   /* by the progress function */
};

struct dfu {
    struct usb_link *link;
    uint16_t block_size;
    char error[320];
};

/* Of the device that link has found: to dfuIDLE in this alternate. An application with a run-time
 * interface is sent into recovery instead (DETACHED): find it again. */
enum dfu_result dfu_open(struct dfu *d, struct usb_link *link, uint8_t alternate);

/* Sends a file, and waits until the device has verified it. `progress` is called between blocks and
 * says false to stop. */
enum dfu_result dfu_download(struct dfu *d, const uint8_t *data, size_t size,
                             bool (*progress)(void *ctx, uint32_t done), void *ctx);

#endif
