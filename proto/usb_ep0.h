/* SPDX-License-Identifier: MIT */
/*
 * A USB device with endpoint 0 only: control transfers and the standard requests (USB 2.0, chapters
 * 8.5.3 and 9). Nothing here waits or knows hardware: a controller's driver tells what came, and
 * sends what it is told to.
 */
#ifndef DUO_PROTO_USB_EP0_H
#define DUO_PROTO_USB_EP0_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DUO_USB_PACKET 64u /* bytes of a packet of endpoint 0 */

/* bmRequestType */
#define DUO_USB_IN       0x80u
#define DUO_USB_KIND     0x60u
#define DUO_USB_STANDARD 0x00u
#define DUO_USB_CLASS    0x20u

struct duo_usb_setup {
    uint8_t type, request;
    uint16_t value, index, length;
};

enum duo_usb_answer {
    DUO_USB_STALL,
    DUO_USB_ACCEPT,
    DUO_USB_LATER /* the host is kept waiting, and the same request is asked about again */
};

/* What the controller does; all return at once. */
struct duo_usb_driver {
    void (*send)(const uint8_t *bytes, size_t n); /* one packet; copied */
    void (*receive)(void);                        /* takes one packet, when the host sends it */
    void (*stall)(void);                          /* until the next SETUP */
    void (*address)(uint8_t address);
};

/* What the device is and does. */
struct duo_usb_function {
    const uint8_t *device;        /* descriptor, 18 bytes */
    const uint8_t *configuration; /* with all that belongs to it; its wTotalLength counts */
    uint8_t alternates;           /* of interface 0, the only one */
    /* Text of string `index` (1 and up), ASCII; NULL: there is none. */
    const char *(*string)(void *ctx, uint8_t index);
    /* A request to class or vendor. For data to the host it sets *data and *length; for data from
     * the host it says in *data where `length` bytes go. */
    enum duo_usb_answer (*request)(void *ctx, const struct duo_usb_setup *setup, uint8_t **data,
                                   uint16_t *length);
    /* A class request is over, with all its data; not told of one that was broken off. */
    void (*complete)(void *ctx, const struct duo_usb_setup *setup);
    /* LATER is possible. */
    enum duo_usb_answer (*alternate)(void *ctx, uint8_t alternate);
    /* The bus was reset. */
    void (*reset)(void *ctx);
};

enum duo_usb_stage {
    DUO_USB_IDLE,
    DUO_USB_DATA_IN,
    DUO_USB_DATA_OUT,
    DUO_USB_STATUS,
    DUO_USB_HELD
};

/* Private. */
struct duo_usb {
    const struct duo_usb_driver *driver;
    const struct duo_usb_function *function;
    void *ctx;
    struct duo_usb_setup setup;
    enum duo_usb_stage stage;
    uint8_t *data; /* what is left of it */
    uint16_t left;
    bool short_end; /* what the host gets is less than it asked for: a last short packet says so */
    uint8_t configuration, alternate;
    uint8_t scratch[254]; /* strings, small answers */
};

void duo_usb_start(struct duo_usb *u, const struct duo_usb_driver *driver,
                   const struct duo_usb_function *function, void *ctx);

/* ---- What the driver tells ---- */

void duo_usb_reset(struct duo_usb *u);
void duo_usb_setup(struct duo_usb *u, const uint8_t bytes[8]);
/* The packet that receive() asked for. */
void duo_usb_received(struct duo_usb *u, const uint8_t *bytes, size_t n);
/* The packet that send() was given has gone. */
void duo_usb_sent(struct duo_usb *u);

/* Asks again about a request that was answered LATER. */
void duo_usb_again(struct duo_usb *u);

#endif
