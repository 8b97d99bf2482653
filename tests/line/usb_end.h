/* SPDX-License-Identifier: MIT */
/* The far end of the board's USB plug OTG_FS, for line_board: a host that a test drives. */
#ifndef TESTS_LINE_USB_END_H
#define TESTS_LINE_USB_END_H

#include "emu/host/usb_host.h"

void usb_end_init(struct machine *m);

/*
 * One request: 'p' plug in, 'x' pull out, 'r' reset of the bus, 's' ask only; 'c', a control
 * transfer: u64 until, 8 bytes SETUP, u32 length, data when it goes to the device; 'e', a transfer
 * on an endpoint: u64 until, u8 number with 0x80 for IN, u32 length, data likewise. Reads with
 * get(); then runs the machine as needed. The answer, by put(): u8 enum machine_stop, u8 enum
 * usb_port, i32 status (USB_UNDER_WAY: broken off at `until`), u32 n, n bytes.
 */
#define USB_UNDER_WAY 1
void usb_end_serve(void (*get)(void *to, size_t n), void (*put)(const void *from, size_t n));

#endif
