/* SPDX-License-Identifier: MIT */
/* A device at this machine's USB, by libusb. */
#include "tool/usb_link.h"

#include <libusb-1.0/libusb.h>
#include <stdio.h>
#include <string.h>

enum { SERIAL_MAX = 128 };

static int failed(struct usb_link *l, int code)
{
    switch (code) {
    case LIBUSB_ERROR_PIPE:
        return USB_STALLED;
    case LIBUSB_ERROR_NO_DEVICE:
        return USB_GONE;
    default:
        snprintf(l->error, sizeof(l->error), "%s", libusb_strerror((enum libusb_error)code));
        return USB_FAILED;
    }
}

/* ---- Finding it ---- */

struct search {
    const struct usb_wanted *wanted;
    struct usb_link *link;
    libusb_device_handle *first; /* the device, open */
    unsigned fitting;
    bool denied;
};

static bool serial_of(libusb_device_handle *handle, const struct libusb_device_descriptor *d,
                      char serial[SERIAL_MAX])
{
    serial[0] = '\0';
    return d->iSerialNumber != 0 &&
           libusb_get_string_descriptor_ascii(handle, d->iSerialNumber, (unsigned char *)serial,
                                              SERIAL_MAX) >= 0;
}

static void note_serial(struct search *s, const char *serial)
{
    size_t used = strlen(s->link->error);

    snprintf(s->link->error + used, sizeof(s->link->error) - used, "%s%s", used ? ", " : "",
             serial[0] != '\0' ? serial : "(no serial number)");
}

/* One device of this machine: is it one of those wanted? The first that fits stays open. */
static void look_at(struct search *s, libusb_device *device)
{
    struct libusb_device_descriptor d;
    libusb_device_handle *handle = NULL;
    char serial[SERIAL_MAX];

    if (libusb_get_device_descriptor(device, &d) != 0 || d.idVendor != s->wanted->vendor ||
        d.idProduct != s->wanted->product) {
        return;
    }
    int code = libusb_open(device, &handle);
    if (code != 0) {
        s->denied = s->denied || code == LIBUSB_ERROR_ACCESS;
        return;
    }
    (void)serial_of(handle, &d, serial);
    if (s->wanted->serial && strcmp(s->wanted->serial, serial) != 0) {
        libusb_close(handle);
        return;
    }
    note_serial(s, serial);
    s->fitting++;
    if (s->first) {
        libusb_close(handle);
    } else {
        s->first = handle;
    }
}

static enum usb_found take(struct usb_link *l, libusb_device_handle *handle)
{
    /* Of use only where a kernel driver has the interface; elsewhere it is not supported. */
    (void)libusb_set_auto_detach_kernel_driver(handle, 1);
    int code = libusb_claim_interface(handle, 0);
    if (code != 0) {
        libusb_close(handle);
        (void)failed(l, code);
        return code == LIBUSB_ERROR_NO_DEVICE ? USB_NONE : USB_BROKEN;
    }
    l->error[0] = '\0';
    l->handle = handle;
    return USB_OPEN;
}

static enum usb_found conclude(struct search *s)
{
    if (s->fitting == 1) {
        return take(s->link, s->first);
    }
    if (s->first) {
        libusb_close(s->first);
        return USB_SEVERAL;
    }
    return s->denied ? USB_DENIED : USB_NONE;
}

static enum usb_found find(struct usb_link *l, const struct usb_wanted *wanted)
{
    struct search s = {.wanted = wanted, .link = l};
    libusb_device **list;
    libusb_context *context = l->context;

    l->error[0] = '\0';
    if (!context) {
        int code = libusb_init(&context);
        if (code != 0) {
            (void)failed(l, code);
            return USB_BROKEN;
        }
        l->context = context;
    }
    ssize_t n = libusb_get_device_list(context, &list);
    if (n < 0) {
        (void)failed(l, (int)n);
        return USB_BROKEN;
    }
    for (ssize_t i = 0; i < n; i++) {
        look_at(&s, list[i]);
    }
    enum usb_found found = conclude(&s);
    libusb_free_device_list(list, 1);
    return found;
}

/* ---- Using it ---- */

static int control(struct usb_link *l, const struct usb_request *r, uint8_t *data)
{
    int n = libusb_control_transfer(l->handle, r->type, r->request, r->value, r->index, data,
                                    r->length, USB_TRANSFER_MS);

    return n >= 0 ? n : failed(l, n);
}

/* The kernel has configured it: it has one configuration only. */
static int select_alternate(struct usb_link *l, uint8_t alternate)
{
    int code = libusb_set_interface_alt_setting(l->handle, 0, alternate);

    return code == 0 ? 0 : failed(l, code);
}

static void close_link(struct usb_link *l)
{
    if (l->handle) {
        (void)libusb_release_interface(l->handle, 0); /* fails when the device has gone */
        libusb_close(l->handle);
        l->handle = NULL;
    }
    if (l->context) {
        libusb_exit(l->context);
        l->context = NULL;
    }
}

void usb_link_local(struct usb_link *l)
{
    static const struct usb_link_ops ops = {find, control, select_alternate, close_link};

    memset(l, 0, sizeof(*l));
    l->ops = &ops;
    l->fd = -1;
}
