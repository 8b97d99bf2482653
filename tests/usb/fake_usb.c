/* SPDX-License-Identifier: MIT */
/*
 * A USB of one's own for programs that use libusb: preloaded (LD_PRELOAD) it stands in for the
 * functions that duoboot calls. DUO_USB_SCENE says what is plugged in:
 *
 *   none          nothing of duoboot's
 *   denied        a device that this user may not open
 *   two           two devices in recovery, serial numbers ONE and TWO
 *   board:PORT    an emulated board, by USB/IP; serial number BOARD
 */
#include <libusb-1.0/libusb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/usb_link.h"

enum { DEVICES = 2, VENDOR = 0x1209, PRODUCT = 0x0001, SERIAL_INDEX = 3 };

/* The library's opaque types: an index, and what is open. */
struct libusb_context {
    int unused;
};
struct libusb_device {
    const char *serial;
    uint16_t product;
};
struct libusb_device_handle {
    const libusb_device *device;
    struct usb_link link;
};

static struct libusb_device devices[DEVICES] = {{"ONE", PRODUCT}, {"TWO", PRODUCT}};
static libusb_device *list[DEVICES + 1];

static const char *scene(void)
{
    const char *s = getenv("DUO_USB_SCENE");

    return s ? s : "none";
}

static unsigned long board_port(void)
{
    return strncmp(scene(), "board:", 6) == 0 ? strtoul(scene() + 6, NULL, 10) : 0;
}

int libusb_init(libusb_context **context)
{
    static struct libusb_context only;

    *context = &only;
    return 0;
}

void libusb_exit(libusb_context *context)
{
    (void)context;
}

const char *libusb_strerror(int code)
{
    return code == LIBUSB_ERROR_IO ? "Input/Output Error" : "an error";
}

ssize_t libusb_get_device_list(libusb_context *context, libusb_device ***found)
{
    ssize_t n = 0;

    (void)context;
    devices[0].serial = board_port() ? "BOARD" : "ONE";
    devices[0].product = strcmp(scene(), "none") == 0 ? PRODUCT + 1 : PRODUCT;
    list[n++] = &devices[0];
    if (strcmp(scene(), "two") == 0) {
        list[n++] = &devices[1];
    }
    list[n] = NULL;
    *found = list;
    return n;
}

void libusb_free_device_list(libusb_device **found, int unref)
{
    (void)found, (void)unref;
}

int libusb_get_device_descriptor(libusb_device *device, struct libusb_device_descriptor *d)
{
    memset(d, 0, sizeof(*d));
    d->idVendor = VENDOR;
    d->idProduct = device->product;
    d->iSerialNumber = SERIAL_INDEX;
    return 0;
}

int libusb_open(libusb_device *device, libusb_device_handle **handle)
{
    const struct usb_wanted wanted = {VENDOR, PRODUCT, NULL};

    if (strcmp(scene(), "denied") == 0) {
        return LIBUSB_ERROR_ACCESS;
    }
    libusb_device_handle *h = calloc(1, sizeof(*h));
    if (!h) {
        return LIBUSB_ERROR_NO_MEM;
    }
    h->device = device;
    usb_link_emulated(&h->link, (uint16_t)board_port());
    if (board_port() && h->link.ops->find(&h->link, &wanted) != USB_OPEN) {
        free(h);
        return LIBUSB_ERROR_NO_DEVICE;
    }
    *handle = h;
    return 0;
}

void libusb_close(libusb_device_handle *h)
{
    h->link.ops->close(&h->link);
    free(h);
}

int libusb_get_string_descriptor_ascii(libusb_device_handle *h, uint8_t index, unsigned char *text,
                                       int size)
{
    (void)index;
    return snprintf((char *)text, (size_t)size, "%s", h->device->serial);
}

int libusb_set_auto_detach_kernel_driver(libusb_device_handle *h, int on)
{
    (void)h, (void)on;
    return LIBUSB_ERROR_NOT_SUPPORTED;
}

int libusb_claim_interface(libusb_device_handle *h, int number)
{
    (void)h, (void)number;
    return 0;
}

int libusb_release_interface(libusb_device_handle *h, int number)
{
    (void)h, (void)number;
    return 0;
}

static int code_of(int result)
{
    switch (result) {
    case USB_STALLED:
        return LIBUSB_ERROR_PIPE;
    case USB_GONE:
        return LIBUSB_ERROR_NO_DEVICE;
    default:
        return result < 0 ? LIBUSB_ERROR_IO : result;
    }
}

int libusb_set_interface_alt_setting(libusb_device_handle *h, int number, int alternate)
{
    (void)number;
    return code_of(h->link.ops->select(&h->link, (uint8_t)alternate));
}

int libusb_control_transfer(libusb_device_handle *h, uint8_t type, uint8_t request, uint16_t value,
                            uint16_t index, unsigned char *data, uint16_t length,
                            unsigned int timeout)
{
    const struct usb_request r = {type, request, value, index, length};

    (void)timeout;
    return code_of(h->link.ops->control(&h->link, &r, data));
}
