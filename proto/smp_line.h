/* SPDX-License-Identifier: MIT */
/*
 * SMP messages on a serial line, in both framings that clients use:
 *  - console: lines of base64 that begin with 06 09 (the first of a message) or 04 14 (the others)
 *    and end with LF, with a length and a CRC-16 in them; text between the lines does no harm;
 *  - raw: the message as it is; its header tells its length.
 * An answer goes out in the framing of the request. No heap, no blocking, no clock of its own.
 */
#ifndef DUO_PROTO_SMP_LINE_H
#define DUO_PROTO_SMP_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a message needs besides its own bytes: length in front, CRC after it. */
#define DUO_SMP_LINE_EXTRA 4u

/* Silence after which a message that is not complete is forgotten. */
#define DUO_SMP_GAP_MS 1000u

/* A raw message begins after so much silence, or directly after another message: its first bytes
 * are mostly zeros, which are found in any data. */
#define DUO_SMP_QUIET_MS 20u

/* Private, but for `message` and `length`. */
struct duo_smp_line {
    uint8_t *message; /* the complete message, until the next byte is taken */
    uint32_t length;
    uint8_t *buffer;
    uint32_t size;
    uint32_t have; /* bytes in the buffer */
    uint32_t mark; /* when the last byte came, ms */
    uint32_t quad; /* base64 characters of a group of four, 6 bits each */
    uint16_t crc;
    uint8_t state, quad_n, pads;
    bool raw;     /* the framing of the message arriving, and of the last one */
    bool started; /* lines of a message have come, and more must follow */
    bool fresh;   /* the next byte may begin a raw message */
};

/* `buffer` takes one message; the longest is size - DUO_SMP_LINE_EXTRA bytes. */
void duo_smp_line_start(struct duo_smp_line *l, uint8_t *buffer, uint32_t size);

/* Takes a byte that arrived at `now_ms`. True: it completes a message. What is damaged, too long or
 * no message at all is dropped in silence: the client asks again. */
bool duo_smp_line_take(struct duo_smp_line *l, uint32_t now_ms, uint8_t byte);

/* The same for a line on which something else is going on: only the console's framing, which has a
 * CRC, is looked for. */
bool duo_smp_line_overhear(struct duo_smp_line *l, uint32_t now_ms, uint8_t byte);

/* Nobody has listened until now, so that no silence is known: of a message that is arriving, the
 * rest may have come meanwhile and waits. */
void duo_smp_line_hold(struct duo_smp_line *l, uint32_t now_ms);

/* Is a message arriving, so that the bytes are for nobody else? Known from the second byte of the
 * console's framing, and from the whole header of the raw one, on. */
bool duo_smp_line_busy(const struct duo_smp_line *l, uint32_t now_ms);

/* Might it be a raw one, by the few bytes that have come? */
bool duo_smp_line_raw_begins(const struct duo_smp_line *l, uint32_t now_ms);

/* Sends a message, in pieces of at most 128 bytes. */
void duo_smp_line_send(const struct duo_smp_line *l, const uint8_t *message, uint32_t n,
                       void (*send)(void *ctx, const uint8_t *bytes, size_t n), void *ctx);

#endif
