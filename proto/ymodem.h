/* SPDX-License-Identifier: MIT */
/*
 * What the YMODEM receiver and sender share: characters, the file header, results.
 * Source: Chuck Forsberg, "XMODEM/YMODEM Protocol Reference", 1988.
 */
#ifndef DUO_PROTO_YMODEM_H
#define DUO_PROTO_YMODEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DUO_YM_SOH = 0x01, /* starts a block of 128 bytes */
    DUO_YM_STX = 0x02, /* starts a block of 1024 bytes */
    DUO_YM_EOT = 0x04,
    DUO_YM_ACK = 0x06,
    DUO_YM_BS = 0x08,
    DUO_YM_NAK = 0x15,
    DUO_YM_CAN = 0x18,
    DUO_YM_PAD = 0x1a,
    DUO_YM_C = 'C', /* the receiver wants CRC-16 */
    DUO_YM_G = 'G', /* the receiver wants CRC-16 and no acknowledging */
};

enum {
    DUO_YM_SHORT_BLOCK = 128,
    DUO_YM_LONG_BLOCK = 1024,
    DUO_YM_OVERHEAD = 5, /* start, number, its complement, two bytes of CRC */
    DUO_YM_NAME_MAX = 63,
    DUO_YM_CANCEL_BYTES = 16,
};

/* How a transfer ended. */
enum duo_ymodem_result {
    DUO_YM_OK,          /* every file of the batch was transferred */
    DUO_YM_CANCELLED,   /* the other side cancelled */
    DUO_YM_REFUSED,     /* this side's caller refused or aborted */
    DUO_YM_TIMEOUT,     /* nobody there, or the other side went silent */
    DUO_YM_LINE_ERRORS, /* too many damaged or repeated blocks in a row */
    DUO_YM_SEQUENCE,    /* a block is missing: the two sides have lost each other */
    DUO_YM_CUT_SHORT,   /* the file ended before the size its header gave */
    DUO_YM_TOO_LONG,    /* the file went on after the size its header gave */
    DUO_YM_BAD_HEADER,  /* the size in the file header is not a number of at most 32 bits */
    DUO_YM_OVERRUN,     /* YMODEM-G: data came faster than the caller took it */
};

/* A reason in words, for "transfer failed: ...". */
const char *duo_ymodem_text(enum duo_ymodem_result result);

/* One file of a batch. */
struct duo_ymodem_file {
    char name[DUO_YM_NAME_MAX + 1]; /* "" under XMODEM; never a control character */
    uint32_t size;                  /* bytes; 0 when not known */
    bool size_known;                /* false: XMODEM, or a header without a size */
};

/*
 * Reads header block 0. False when the size is no decimal number of 32 bits. An empty name means
 * the end of the batch. Unprintable characters become '?', a long name keeps its beginning.
 */
bool duo_ymodem_parse_header(struct duo_ymodem_file *file, const uint8_t *block, size_t n);

/*
 * Fills a header block of DUO_YM_SHORT_BLOCK bytes; file == NULL makes the null block that ends a
 * batch.
 */
void duo_ymodem_build_header(uint8_t *block, const struct duo_ymodem_file *file);

/* The sum byte of checksum mode. */
uint8_t duo_ymodem_checksum(const uint8_t *bytes, size_t n);

/*
 * What both sides send to cancel: CANs for the protocol, then as many backspaces so that a terminal
 * that gets to see them shows nothing.
 */
extern const uint8_t duo_ymodem_cancel[DUO_YM_CANCEL_BYTES];

#endif
