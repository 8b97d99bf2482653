/* SPDX-License-Identifier: MIT */
#include "tool/update_usb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tool/dfu.h"

enum {
    DEFAULT_VENDOR = 0x1209,
    DEFAULT_PRODUCT = 0x0001
}; /* as DUO_USB_ID in cmake/options.cmake */
enum { SET = 0, LOOK_EVERY_MS = 200 };

#define RIGHTS                                                                                     \
    "run it as root, or give your user the device: a udev rule with "                              \
    "ATTRS{idVendor}==\"%04x\", MODE=\"0666\" (docs/usb.md)"

/* ---- Which device ---- */

static bool parse_id(const char *text, struct usb_wanted *wanted)
{
    unsigned vendor, product;
    int end = 0;

    if (sscanf(text, "%4x:%4x%n", &vendor, &product, &end) != 2 || text[end] != '\0') {
        return false;
    }
    wanted->vendor = (uint16_t)vendor;
    wanted->product = (uint16_t)product;
    return true;
}

static struct usb_wanted wanted_by(const struct usb_args *a)
{
    struct usb_wanted wanted = {DEFAULT_VENDOR, DEFAULT_PRODUCT, NULL};

    if (a->device && !parse_id(a->device, &wanted)) {
        wanted.serial = a->device;
    }
    return wanted;
}

const char *update_usb_mistake(const struct usb_args *a)
{
    struct usb_wanted wanted;

    if (a->device && strchr(a->device, ':') && !parse_id(a->device, &wanted)) {
        return "--usb-device takes VID:PID in hex digits, as 1209:0001, or a serial number";
    }
    if (a->emulated > UINT16_MAX) {
        return "--usbip takes a TCP port, from 1 to 65535";
    }
    return NULL;
}

/* ---- Waiting for it ---- */

static int not_found(const struct update *u, const struct usb_wanted *w)
{
    return cli_fail(
        u->cli, EXIT_TIMEOUT,
        "plug it in, in recovery (hold its button during a reset) or with an application "
        "that has a DFU interface; a product with an id of its own needs --usb-device VID:PID",
        "no device %04x:%04x%s%s at USB within %u s", w->vendor, w->product,
        w->serial ? " with serial number " : "", w->serial ? w->serial : "", u->timeout_ms / 1000);
}

static int found_not(const struct update *u, const struct usb_link *l, const struct usb_wanted *w,
                     enum usb_found found)
{
    char rights[sizeof(RIGHTS)];

    switch (found) {
    case USB_SEVERAL:
        return cli_fail(u->cli, EXIT_USAGE, "name one with --usb-device SERIAL",
                        "several devices %04x:%04x are in recovery: %s", w->vendor, w->product,
                        l->error);
    case USB_DENIED:
        snprintf(rights, sizeof(rights), RIGHTS, w->vendor);
        return cli_fail(u->cli, EXIT_IO, rights,
                        "a device %04x:%04x is there, but this user may not use it", w->vendor,
                        w->product);
    case USB_BROKEN:
        return cli_fail(u->cli, EXIT_IO,
                        l->port ? "is `duoemu run --usb OTG_FS=usbip:PORT` running?"
                                : "is another program using the device?",
                        "no USB: %s", l->error);
    default:
        return not_found(u, w);
    }
}

static void pause_between(void)
{
    const struct timespec t = {0, LOOK_EVERY_MS * 1000000L};

    (void)nanosleep(&t, NULL);
}

static int interrupted(const struct update *u)
{
    return cli_fail(u->cli, EXIT_IO, "start again: the device keeps what it runs", "interrupted");
}

static int find(const struct update *u, struct usb_link *l, const struct usb_wanted *w)
{
    const uint32_t start = serial_now();
    enum usb_found found;

    cli_note(u->cli, "waiting for the device at USB");
    do {
        if (update_interrupted) {
            return interrupted(u);
        }
        found = l->ops->find(l, w);
        if (found == USB_OPEN) {
            return EXIT_DONE;
        }
        if (found != USB_NONE) {
            break;
        }
        pause_between();
    } while (serial_now() - start < u->timeout_ms);
    return found_not(u, l, w, found);
}

/* ---- Sending ---- */

static bool show(void *ctx, uint32_t done)
{
    struct update *u = ctx;

    progress_show(&u->progress, done, serial_now());
    return !update_interrupted;
}

static int told(const struct update *u, const struct dfu *d, enum dfu_result result)
{
    switch (result) {
    case DFU_DONE:
        return EXIT_DONE;
    case DFU_REFUSED:
        return cli_fail(u->cli, EXIT_REJECTED,
                        "`duoboot info` and `duoboot verify` show what is in the file",
                        "the device refused it: %s", d->error);
    case DFU_GONE:
        return cli_fail(u->cli, EXIT_IO,
                        "check the cable, then start again: the device keeps what it runs",
                        "the device has gone from USB");
    case DFU_STUCK:
        return cli_fail(u->cli, EXIT_TIMEOUT, "reset the device, then start again",
                        "the device stays busy");
    case DFU_STOPPED:
        return interrupted(u);
    case DFU_DETACHED: /* update_usb() has gone on with it */
    case DFU_BROKEN:
        break;
    }
    return cli_fail(u->cli, EXIT_IO, "start again: the device keeps what it runs", "USB failed: %s",
                    d->error);
}

static int send_set(struct update *u, struct dfu *d)
{
    const uint32_t start = serial_now();

    cli_note(u->cli, "sending %s, %zu bytes", u->name, u->bundle.size);
    progress_start(&u->progress, u->cli, (uint32_t)u->bundle.size, start);
    const enum dfu_result result = dfu_download(d, u->bundle.data, u->bundle.size, show, u);
    progress_end(&u->progress);
    u->transfer_ms = serial_now() - start;
    return told(u, d, result);
}

/* Finds the device in recovery. One that runs an application is sent there first, and found again;
 * it may still be seen for a moment, and then go. */
static int open_device(struct update *u, struct usb_link *l, const struct usb_wanted *wanted,
                       struct dfu *d)
{
    const uint32_t start = serial_now();
    bool detached = false;

    for (;;) {
        const int code = find(u, l, wanted);
        if (code != EXIT_DONE) {
            return code;
        }
        const enum dfu_result result = dfu_open(d, l, SET);
        const bool again = result == DFU_DETACHED || (detached && result == DFU_GONE);
        if (!again || serial_now() - start > u->timeout_ms) {
            return told(u, d, result);
        }
        if (!detached) {
            cli_note(u->cli, "an application runs: it is sent into recovery");
        }
        detached = true;
        l->ops->close(l);
        pause_between();
    }
}

int update_usb(struct update *u, const struct usb_args *a)
{
    const struct usb_wanted wanted = wanted_by(a);
    struct usb_link link;
    struct dfu d;

    if (a->emulated != 0) {
        usb_link_emulated(&link, (uint16_t)a->emulated);
    } else {
        usb_link_local(&link);
    }
    int code = open_device(u, &link, &wanted, &d);
    if (code == EXIT_DONE) {
        code = send_set(u, &d);
    }
    link.ops->close(&link);
    return code;
}
