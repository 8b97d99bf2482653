/* SPDX-License-Identifier: MIT */
#include "proto/usb_ep0.h"

#include <string.h>

/* USB 2.0, tables 9-3 to 9-6 */
enum {
    GET_STATUS = 0,
    CLEAR_FEATURE = 1,
    SET_ADDRESS = 5,
    GET_DESCRIPTOR = 6,
    GET_CONFIGURATION = 8,
    SET_CONFIGURATION = 9,
    GET_INTERFACE = 10,
    SET_INTERFACE = 11
};
enum { TO_DEVICE = 0x00, TO_INTERFACE = 0x01, TO_ENDPOINT = 0x02 };
enum { DEVICE = 1, CONFIGURATION = 2, STRING = 3 };
enum { LANGUAGE_ENGLISH = 0x0409, ENDPOINT_HALT = 0 };

void duo_usb_start(struct duo_usb *u, const struct duo_usb_driver *driver,
                   const struct duo_usb_function *function, void *ctx)
{
    memset(u, 0, sizeof(*u));
    u->driver = driver;
    u->function = function;
    u->ctx = ctx;
}

void duo_usb_reset(struct duo_usb *u)
{
    u->stage = DUO_USB_IDLE;
    u->configuration = u->alternate = 0;
    u->function->reset(u->ctx);
}

/* ---- standard requests ---- */

static uint16_t string_descriptor(struct duo_usb *u, uint8_t index)
{
    const char *text = index ? u->function->string(u->ctx, index) : NULL;
    size_t n = 2;

    if (index == 0) {
        u->scratch[2] = LANGUAGE_ENGLISH & 0xFF;
        u->scratch[3] = LANGUAGE_ENGLISH >> 8;
        n = 4;
    } else if (!text) {
        return 0;
    }
    for (; text && *text != '\0' && n + 2 <= sizeof(u->scratch); text++) {
        u->scratch[n++] = (uint8_t)*text;
        u->scratch[n++] = 0;
    }
    u->scratch[0] = (uint8_t)n;
    u->scratch[1] = STRING;
    return (uint16_t)n;
}

static enum duo_usb_answer descriptor(struct duo_usb *u, uint8_t **data, uint16_t *length)
{
    const uint8_t *c = u->function->configuration;
    uint8_t index = u->setup.value & 0xFF;

    switch (u->setup.value >> 8) {
    case DEVICE:
        *data = (uint8_t *)(uintptr_t)u->function->device;
        *length = index == 0 ? u->function->device[0] : 0;
        break;
    case CONFIGURATION:
        *data = (uint8_t *)(uintptr_t)c;
        *length = index == 0 ? (uint16_t)(c[2] | c[3] << 8) : 0;
        break;
    case STRING:
        *data = u->scratch;
        *length = string_descriptor(u, index);
        break;
    default: /* no other speed: a full-speed device has no qualifier */
        *length = 0;
        break;
    }
    return *length != 0 ? DUO_USB_ACCEPT : DUO_USB_STALL;
}

/* One or two bytes for the host. */
static enum duo_usb_answer small(struct duo_usb *u, uint8_t value, uint16_t n, uint8_t **data,
                                 uint16_t *length)
{
    u->scratch[0] = value;
    u->scratch[1] = 0;
    *data = u->scratch;
    *length = n;
    return DUO_USB_ACCEPT;
}

static enum duo_usb_answer set_configuration(struct duo_usb *u)
{
    if (u->setup.value > 1) {
        return DUO_USB_STALL;
    }
    enum duo_usb_answer answer = u->function->alternate(u->ctx, 0);
    if (answer == DUO_USB_ACCEPT) {
        u->configuration = (uint8_t)u->setup.value;
        u->alternate = 0;
    }
    return answer;
}

static enum duo_usb_answer set_interface(struct duo_usb *u)
{
    if (u->configuration == 0 || u->setup.index != 0 || u->setup.value >= u->function->alternates) {
        return DUO_USB_STALL;
    }
    enum duo_usb_answer answer = u->function->alternate(u->ctx, (uint8_t)u->setup.value);
    if (answer == DUO_USB_ACCEPT) {
        u->alternate = (uint8_t)u->setup.value;
    }
    return answer;
}

static enum duo_usb_answer get(struct duo_usb *u, uint8_t **data, uint16_t *length)
{
    bool interface = u->configuration != 0 && u->setup.index == 0;

    switch (u->setup.request << 8 | (u->setup.type & 0x1F)) {
    case GET_STATUS << 8 | TO_DEVICE:
        return small(u, 1, 2, data, length); /* self-powered */
    case GET_STATUS << 8 | TO_INTERFACE:
        return interface ? small(u, 0, 2, data, length) : DUO_USB_STALL;
    case GET_STATUS << 8 | TO_ENDPOINT:
        return (u->setup.index & 0x7F) == 0 ? small(u, 0, 2, data, length) : DUO_USB_STALL;
    case GET_DESCRIPTOR << 8 | TO_DEVICE:
        return descriptor(u, data, length);
    case GET_CONFIGURATION << 8 | TO_DEVICE:
        return small(u, u->configuration, 1, data, length);
    case GET_INTERFACE << 8 | TO_INTERFACE:
        return interface ? small(u, u->alternate, 1, data, length) : DUO_USB_STALL;
    default:
        return DUO_USB_STALL;
    }
}

static enum duo_usb_answer set(struct duo_usb *u)
{
    if (u->setup.length != 0) {
        return DUO_USB_STALL; /* none of them has data */
    }
    switch (u->setup.request << 8 | (u->setup.type & 0x1F)) {
    case SET_ADDRESS << 8 | TO_DEVICE:
        if (u->setup.value > 127) {
            return DUO_USB_STALL;
        }
        u->driver->address((uint8_t)u->setup.value); /* takes it after the status stage by itself */
        return DUO_USB_ACCEPT;
    case SET_CONFIGURATION << 8 | TO_DEVICE:
        return set_configuration(u);
    case SET_INTERFACE << 8 | TO_INTERFACE:
        return set_interface(u);
    case CLEAR_FEATURE << 8 | TO_ENDPOINT: /* endpoint 0 is never halted for long */
        return u->setup.value == ENDPOINT_HALT && (u->setup.index & 0x7F) == 0 ? DUO_USB_ACCEPT
                                                                               : DUO_USB_STALL;
    default:
        return DUO_USB_STALL;
    }
}

/* ---- stages of a control transfer ---- */

static void send_piece(struct duo_usb *u)
{
    size_t n = u->left < DUO_USB_PACKET ? u->left : DUO_USB_PACKET;
    const uint8_t *from = u->data;

    u->data += n;
    u->left = (uint16_t)(u->left - n);
    if (n < DUO_USB_PACKET) {
        u->short_end = false;
    }
    u->driver->send(from, n);
}

static void begin(struct duo_usb *u, uint8_t *data, uint16_t length)
{
    bool in = u->setup.type & DUO_USB_IN;

    u->data = data;
    if (u->setup.length == 0) {
        u->stage = DUO_USB_STATUS;
        u->driver->send(NULL, 0);
    } else if (in) {
        u->stage = DUO_USB_DATA_IN;
        u->left = length < u->setup.length ? length : u->setup.length;
        u->short_end = u->left < u->setup.length;
        u->driver->receive(); /* the status stage, or a host that breaks off early */
        send_piece(u);
    } else {
        u->stage = DUO_USB_DATA_OUT;
        u->left = u->setup.length;
        u->driver->receive();
    }
}

static void dispatch(struct duo_usb *u)
{
    uint8_t *data = NULL;
    uint16_t length = 0;
    enum duo_usb_answer answer;

    if ((u->setup.type & DUO_USB_KIND) != DUO_USB_STANDARD) {
        answer = u->configuration == 0 ? DUO_USB_STALL
                                       : u->function->request(u->ctx, &u->setup, &data, &length);
    } else {
        answer = u->setup.type & DUO_USB_IN ? get(u, &data, &length) : set(u);
    }
    switch (answer) {
    case DUO_USB_STALL:
        u->stage = DUO_USB_IDLE;
        u->driver->stall();
        break;
    case DUO_USB_ACCEPT:
        begin(u, data, length);
        break;
    case DUO_USB_LATER:
        u->stage = DUO_USB_HELD;
        break;
    }
}

void duo_usb_setup(struct duo_usb *u, const uint8_t bytes[8])
{
    u->setup.type = bytes[0];
    u->setup.request = bytes[1];
    u->setup.value = (uint16_t)(bytes[2] | bytes[3] << 8);
    u->setup.index = (uint16_t)(bytes[4] | bytes[5] << 8);
    u->setup.length = (uint16_t)(bytes[6] | bytes[7] << 8);
    dispatch(u);
}

void duo_usb_again(struct duo_usb *u)
{
    if (u->stage == DUO_USB_HELD) {
        dispatch(u);
    }
}

static void complete(struct duo_usb *u)
{
    u->stage = DUO_USB_IDLE;
    if ((u->setup.type & DUO_USB_KIND) != DUO_USB_STANDARD) {
        u->function->complete(u->ctx, &u->setup);
    }
}

void duo_usb_received(struct duo_usb *u, const uint8_t *bytes, size_t n)
{
    if (u->stage == DUO_USB_DATA_IN) {
        complete(u); /* the status stage: the host has what it wants */
        return;
    }
    if (u->stage != DUO_USB_DATA_OUT) {
        return;
    }
    if (n > u->left || (n < u->left && n < DUO_USB_PACKET)) {
        u->stage = DUO_USB_IDLE; /* more or less than the SETUP has announced */
        u->driver->stall();
        return;
    }
    memcpy(u->data, bytes, n);
    u->data += n;
    u->left = (uint16_t)(u->left - n);
    if (u->left != 0) {
        u->driver->receive();
        return;
    }
    u->stage = DUO_USB_STATUS;
    u->driver->send(NULL, 0);
}

void duo_usb_sent(struct duo_usb *u)
{
    if (u->stage == DUO_USB_STATUS) {
        complete(u);
    } else if (u->stage == DUO_USB_DATA_IN && (u->left != 0 || u->short_end)) {
        send_piece(u);
    }
}
