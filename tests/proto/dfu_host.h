/* SPDX-License-Identifier: MIT */
/* A host that speaks DFU to a device, for the tests of both of its forms. */
#ifndef TESTS_PROTO_DFU_HOST_H
#define TESTS_PROTO_DFU_HOST_H

#include "proto/dfu.h"

enum { DETACH, DNLOAD, UPLOAD, GETSTATUS, CLRSTATUS, GETSTATE, ABORT };
enum { FROM_HOST = 0x21, TO_HOST = 0xA1, VENDOR = 0xC0 };

extern struct duo_dfu dfu;
extern uint8_t buffer[DUO_DFU_BLOCK];

/* What the last accepted request with an answer was told. */
extern uint8_t *answer;
extern uint16_t answer_length;

/* One request to interface 0, with its data phase. */
enum duo_usb_answer request(uint8_t type, uint8_t what, uint16_t value, uint16_t length);

#endif
