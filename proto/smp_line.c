/* SPDX-License-Identifier: MIT */
#include "proto/smp_line.h"

#include "proto/crc16.h"
#include "proto/smp.h"

/* Zephyr's console transport (subsys/mgmt/mcumgr/transport, serial_util.h). */
#define FIRST_1  0x06u
#define FIRST_2  0x09u
#define NEXT_1   0x04u
#define NEXT_2   0x14u
#define LINE_MAX 127u /* of what the device sends, with its end */

#define LENGTH_SIZE 2u
#define CRC_SIZE    2u
#define NO_DIGIT    64u

enum state {
    WAIT,       /* for the beginning of a message, or of its next line */
    AFTER_06,   /* 06 has come */
    AFTER_04,   /* 04 has come */
    IN_LINE,    /* base64 */
    RAW_HEADER, /* looks like the header of a raw message so far */
    RAW_BODY
};

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t digit_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - (uint32_t)'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - (uint32_t)'a' + 26u;
    }
    if (c >= '0' && c <= '9') {
        return c - (uint32_t)'0' + 52u;
    }
    return c == '+' ? 62u : c == '/' ? 63u : NO_DIGIT;
}

static uint32_t get16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static void drop(struct duo_smp_line *l)
{
    l->state = WAIT;
    l->started = false;
    l->have = 0;
}

static bool complete(struct duo_smp_line *l, uint32_t length)
{
    drop(l);
    l->fresh = true;
    l->message = l->buffer + LENGTH_SIZE;
    l->length = length;
    return true;
}

/* ---- Raw ---- */

static bool may_be_header(const uint8_t *header, uint32_t have)
{
    const uint8_t op = header[0] & 0x07u;

    return (header[0] & 0xE0u) == 0 && (op == DUO_SMP_READ || op == DUO_SMP_WRITE) &&
           (header[0] >> 3 & 3u) <= 1u && (have < 2u || header[1] == 0) &&
           (have < 6u || duo_smp_serves(get16(header + 4)));
}

static uint32_t raw_length(const struct duo_smp_line *l)
{
    return DUO_SMP_HEADER + get16(l->buffer + LENGTH_SIZE + 2u);
}

static bool take_raw(struct duo_smp_line *l, uint8_t byte)
{
    uint8_t *const message = l->buffer + LENGTH_SIZE;

    message[l->have++] = byte;
    if (l->state == RAW_HEADER) {
        if (!may_be_header(message, l->have)) {
            drop(l);
            l->state = byte == FIRST_1 ? AFTER_06 : WAIT; /* a message may begin with this one */
            return false;
        }
        if (l->have < DUO_SMP_HEADER) {
            return false;
        }
        if (raw_length(l) > l->size - DUO_SMP_LINE_EXTRA) {
            drop(l);
            return false;
        }
        l->state = RAW_BODY;
        l->raw = true;
    }
    return l->have == raw_length(l) && complete(l, l->have);
}

/* ---- Console ---- */

static void begin_line(struct duo_smp_line *l, bool first)
{
    if (first) {
        drop(l);
        l->started = true;
        l->crc = 0;
        l->quad_n = l->pads = 0;
    }
    l->raw = false;
    l->state = l->started ? IN_LINE : WAIT;
}

static bool take_bytes(struct duo_smp_line *l, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t byte = (uint8_t)(l->quad >> (16u - 8u * i));

        if (l->have == l->size) {
            return false;
        }
        l->buffer[l->have++] = byte;
        if (l->have > LENGTH_SIZE) {
            l->crc = duo_crc16(l->crc, &byte, 1);
        }
    }
    return true;
}

/* False: this is no message. */
static bool take_digit(struct duo_smp_line *l, uint8_t byte)
{
    const uint32_t value = digit_value(byte);

    if (byte == '=' && l->quad_n >= 2u) {
        l->pads++;
    } else if (value == NO_DIGIT || l->pads > 0) {
        return false;
    }
    l->quad = l->quad << 6 | (value & 63u);
    l->quad_n++;
    if (l->quad_n < 4u) {
        return true;
    }
    l->quad_n = 0;
    return take_bytes(l, 3u - l->pads);
}

/* The CRC over message and CRC is 0. */
static bool end_line(struct duo_smp_line *l)
{
    l->state = WAIT;
    if (l->have < LENGTH_SIZE) {
        return false;
    }
    const uint32_t length = get16(l->buffer);
    if (l->have < LENGTH_SIZE + length && l->pads == 0) {
        return false; /* the next line goes on */
    }
    if (l->have != LENGTH_SIZE + length || l->quad_n != 0 || l->crc != 0 ||
        length < DUO_SMP_HEADER + CRC_SIZE) {
        drop(l);
        return false;
    }
    return complete(l, length - CRC_SIZE);
}

static bool take_in_line(struct duo_smp_line *l, uint8_t byte)
{
    if (byte == '\n') {
        return end_line(l);
    }
    if (byte != '\r' && !take_digit(l, byte)) {
        drop(l);
    }
    return false;
}

/* ---- Both ---- */

static bool begin(struct duo_smp_line *l, uint8_t byte)
{
    if (byte == FIRST_1) {
        l->state = AFTER_06;
    } else if (byte == NEXT_1 && l->started) {
        l->state = AFTER_04;
    } else if (!l->started && l->fresh) {
        l->have = 0;
        l->state = RAW_HEADER;
        l->fresh = false;
        return take_raw(l, byte);
    }
    l->fresh = false;
    return false;
}

bool duo_smp_line_take(struct duo_smp_line *l, uint32_t now_ms, uint8_t byte)
{
    const uint32_t silence = now_ms - l->mark;

    if (silence > DUO_SMP_GAP_MS || (silence >= DUO_SMP_QUIET_MS && l->state == RAW_HEADER)) {
        drop(l);
    }
    l->fresh = l->fresh || silence >= DUO_SMP_QUIET_MS;
    l->mark = now_ms;
    switch ((enum state)l->state) {
    case WAIT:
        return begin(l, byte);
    case AFTER_06:
    case AFTER_04: {
        const bool first = l->state == AFTER_06;

        l->state = WAIT;
        if (byte == (first ? FIRST_2 : NEXT_2)) {
            begin_line(l, first);
            return false;
        }
        return begin(l, byte);
    }
    case IN_LINE:
        return take_in_line(l, byte);
    case RAW_HEADER:
    case RAW_BODY:
        return take_raw(l, byte);
    }
    return false;
}

void duo_smp_line_hold(struct duo_smp_line *l, uint32_t now_ms)
{
    if (l->state != WAIT || l->started) {
        l->mark = now_ms;
    }
}

bool duo_smp_line_overhear(struct duo_smp_line *l, uint32_t now_ms, uint8_t byte)
{
    if (l->state == RAW_HEADER || l->state == RAW_BODY || now_ms - l->mark > DUO_SMP_GAP_MS) {
        drop(l);
    }
    l->mark = now_ms;
    l->fresh = false;
    return duo_smp_line_take(l, now_ms, byte);
}

void duo_smp_line_start(struct duo_smp_line *l, uint8_t *buffer, uint32_t size)
{
    *l = (struct duo_smp_line){.buffer = buffer, .size = size, .state = WAIT, .fresh = true};
}

bool duo_smp_line_busy(const struct duo_smp_line *l, uint32_t now_ms)
{
    return (l->started || l->state == RAW_BODY) && now_ms - l->mark <= DUO_SMP_GAP_MS;
}

bool duo_smp_line_raw_begins(const struct duo_smp_line *l, uint32_t now_ms)
{
    return l->state == RAW_HEADER && now_ms - l->mark < DUO_SMP_QUIET_MS;
}

/* ---- Sending ---- */

/* Byte `at` of what a message becomes before base64: length, message, CRC. */
struct packet {
    const uint8_t *message;
    uint32_t n;
    uint16_t crc;
};

static uint8_t packet_byte(const struct packet *p, uint32_t at)
{
    const uint32_t length = p->n + CRC_SIZE;

    if (at < LENGTH_SIZE) {
        return (uint8_t)(at == 0 ? length >> 8 : length);
    }
    at -= LENGTH_SIZE;
    if (at < p->n) {
        return p->message[at];
    }
    return (uint8_t)(at == p->n ? p->crc >> 8 : p->crc);
}

static uint32_t encode(uint8_t *to, const struct packet *p, uint32_t at, uint32_t end)
{
    const uint32_t n = end - at < 3u ? end - at : 3u;
    uint32_t group = 0;

    for (uint32_t i = 0; i < 3u; i++) {
        group = group << 8 | (i < n ? packet_byte(p, at + i) : 0u);
    }
    for (uint32_t i = 0; i < 4u; i++) {
        to[i] = (uint8_t)(i <= n ? digits[group >> (18u - 6u * i) & 63u] : '=');
    }
    return n;
}

static void send_console(const uint8_t *message, uint32_t n,
                         void (*send)(void *ctx, const uint8_t *bytes, size_t n), void *ctx)
{
    const struct packet p = {message, n, duo_crc16(0, message, n)};
    const uint32_t end = LENGTH_SIZE + n + CRC_SIZE;
    uint32_t at = 0;

    while (at < end) {
        uint8_t line[LINE_MAX] = {FIRST_1, FIRST_2};
        uint32_t used = 2;

        if (at > 0) {
            line[0] = NEXT_1;
            line[1] = NEXT_2;
        }
        while (at < end && used + 4u < LINE_MAX) {
            at += encode(line + used, &p, at, end);
            used += 4u;
        }
        line[used++] = '\n';
        send(ctx, line, used);
    }
}

void duo_smp_line_send(const struct duo_smp_line *l, const uint8_t *message, uint32_t n,
                       void (*send)(void *ctx, const uint8_t *bytes, size_t n), void *ctx)
{
    if (!l->raw) {
        send_console(message, n, send, ctx);
        return;
    }
    while (n > 0) {
        const uint32_t piece = n < 128u ? n : 128u;

        send(ctx, message, piece);
        message += piece;
        n -= piece;
    }
}
