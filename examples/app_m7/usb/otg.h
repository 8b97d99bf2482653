/* SPDX-License-Identifier: MIT */
/*
 * A small driver for OTG_FS by interrupt, in the order in which ST's HAL does it: endpoint 0, and
 * bulk endpoint 1 in both directions. It stands for whatever USB stack an application has.
 */
#ifndef EXAMPLE_USB_OTG_H
#define EXAMPLE_USB_OTG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OTG_PACKET = 64 };

struct otg_setup {
    uint8_t type, request;
    uint16_t value, index, length;
};

/* Called from the interrupt. */
struct otg_events {
    void (*reset)(void);
    /* False: the request is refused (STALL). Else *answer and *length say what goes to the host. */
    bool (*setup)(const struct otg_setup *setup, const uint8_t **answer, size_t *length);
    /* The status stage of the last request is over. */
    void (*done)(void);
};

/* Clocks, pins, controller; the host sees the device from now on. Waits 50 ms; the tick must run.
 */
bool otg_start(const struct otg_events *events);
/* Off the bus. */
void otg_stop(void);
void otg_address(uint8_t address);

/* Opens endpoint 1; nothing is taken from the host yet. */
void otg_bulk_open(void);
/* Takes one packet from the host as soon as it sends it. */
void otg_bulk_receive(void);
/* The packet that has come; false: none yet. It stays until otg_bulk_receive(). */
bool otg_bulk_packet(const uint8_t **bytes, size_t *n);
/* Is nothing on its way to the host? */
bool otg_bulk_idle(void);
/* At most one packet; `bytes` is copied. */
void otg_bulk_send(const void *bytes, size_t n);

#endif
