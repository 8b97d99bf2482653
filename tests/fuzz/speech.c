/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/speech.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/crc16.h"

#define BYTES_PER_MS 12u /* at 115200 baud */
#define KEY_QUIET_MS 450u
#define SMP_BODY_MAX 240u

static struct {
    const uint8_t *bytes;
    uint32_t size;
} files[SPEECH_FILES];

static struct {
    uint8_t bytes[2048];
    size_t have, taken;
    uint32_t not_before; /* ms */
    uint32_t quiet_ms;   /* after these */
    uint32_t last_ms;
    unsigned file; /* which is being sent */
    uint32_t at;   /* ... from here on */
    uint8_t block; /* by YMODEM */
} speech;

void speech_offer(unsigned number, const uint8_t *bytes, uint32_t size)
{
    files[number].bytes = bytes;
    files[number].size = size;
}

void speech_start(void)
{
    memset(&speech, 0, sizeof(speech));
}

static void put(const void *bytes, size_t n)
{
    FUZZ_CHECK(n <= sizeof(speech.bytes) - speech.have);
    memcpy(speech.bytes + speech.have, bytes, n);
    speech.have += n;
}

static void put_byte(unsigned byte)
{
    const uint8_t one = (uint8_t)byte;

    put(&one, 1);
}

static void put_raw(struct fuzz_input *in, unsigned n)
{
    for (; n > 0 && in->left > 0; n--) {
        put_byte(fuzz_byte(in));
    }
}

static void choose(unsigned file)
{
    speech.file = file;
    speech.at = 0;
}

/* ---- Keys ---- */

static void key(struct fuzz_input *in)
{
    static const char keys[] = "1g234crxolsbmaynYn7412ab\r\n\x03";
    const uint8_t which = fuzz_byte(in);

    put_byte(which < 200 ? (unsigned)keys[which % (sizeof(keys) - 1u)] : which);
    speech.not_before = speech.last_ms + KEY_QUIET_MS;
    speech.quiet_ms = KEY_QUIET_MS;
}

void speech_key(char which)
{
    speech.have = speech.taken = 0;
    put_byte((uint8_t)which);
}

/* ---- YMODEM ---- */

static void put_block(uint8_t number, const uint8_t *data, size_t size, unsigned harm)
{
    const uint16_t crc = (uint16_t)(duo_crc16(0, data, size) ^ (harm == 1u));

    put_byte(size == 128 ? 1 : 2);
    put_byte(number);
    put_byte((uint8_t)~number ^ (harm == 2u));
    put(data, size);
    put_byte(crc >> 8);
    put_byte(crc);
}

static void ymodem_header(unsigned file, unsigned harm)
{
    uint8_t data[128] = {0};

    choose(file);
    speech.block = 1;
    if (harm != 3u) { /* else: that was all */
        snprintf((char *)data, sizeof(data), "f%u", file);
        snprintf((char *)data + 3, sizeof(data) - 3u, "%u", (unsigned)files[file].size);
    }
    put_block(0, data, sizeof(data), harm);
}

static void ymodem_data(unsigned harm)
{
    const uint32_t left = files[speech.file].size - speech.at;
    const uint32_t n = left < 1024u ? left : 1024u;
    uint8_t data[1024];

    memset(data, 0x1A, sizeof(data));
    memcpy(data, files[speech.file].bytes + speech.at, n);
    put_block(speech.block, data, sizeof(data), harm);
    if (harm != 3u) { /* else: the same again next time */
        speech.block++;
        speech.at += n;
    }
}

/* 0: a file begins; 1, 2: its next block, or its end; 3: its end. */
static void ymodem(struct fuzz_input *in, unsigned what)
{
    const uint8_t how = fuzz_byte(in);
    const unsigned harm = how < 128 ? 0 : how & 3u;

    if (what == 0) {
        ymodem_header(how % SPEECH_FILES, harm);
    } else if (what < 3u && speech.at < files[speech.file].size) {
        ymodem_data(harm);
    } else {
        put_byte(4);
    }
    speech.quiet_ms = 100;
}

/* ---- SMP ---- */

static void put_base64(const uint8_t *bytes, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t at = 0; at < n; at += 3) {
        uint32_t group = 0;
        for (size_t i = 0; i < 3; i++) {
            group = group << 8 | (at + i < n ? bytes[at + i] : 0u);
        }
        for (size_t i = 0; i < 4; i++) {
            put_byte(at + i <= n ? (unsigned)digits[group >> (18u - 6u * i) & 63u] : '=');
        }
    }
}

static void put_message(const uint8_t header[2], uint8_t group, uint8_t id, const uint8_t *body,
                        uint32_t size)
{
    uint8_t packet[12 + SMP_BODY_MAX] = {
        0, (uint8_t)(10u + size), header[0], 0, 0, (uint8_t)size, 0, group, header[1], id};

    memcpy(packet + 10, body, size);
    const uint16_t crc = duo_crc16(0, packet + 2, 8 + size);
    packet[10 + size] = (uint8_t)(crc >> 8);
    packet[11 + size] = (uint8_t)crc;
    put_byte(6);
    put_byte(9);
    put_base64(packet, 12 + size);
    put_byte('\n');
    speech.quiet_ms = 50;
}

static void smp_any(struct fuzz_input *in)
{
    const uint8_t header[2] = {fuzz_byte(in) & 0x1Fu, fuzz_byte(in)};
    static const uint8_t groups[] = {0, 1, 64, 63};
    const uint8_t group = groups[fuzz_byte(in) % sizeof(groups)];
    const uint8_t id = fuzz_byte(in) % 8u;
    uint8_t body[SMP_BODY_MAX - 20u];
    uint32_t n = fuzz_byte(in) % sizeof(body);

    n = n < in->left ? n : (uint32_t)in->left;
    memcpy(body, in->data, n);
    in->data += n;
    in->left -= n;
    put_message(header, group, id, body, n);
}

static uint32_t put_cbor_number(uint8_t *to, uint32_t n)
{
    to[0] = 0x1A;
    to[1] = (uint8_t)(n >> 24);
    to[2] = (uint8_t)(n >> 16);
    to[3] = (uint8_t)(n >> 8);
    to[4] = (uint8_t)n;
    return 5;
}

/* The next piece of a file, as a client sends it. */
static void smp_upload(struct fuzz_input *in)
{
    static const uint8_t header[2] = {0x0A, 1};
    const uint8_t how = fuzz_byte(in);
    uint8_t body[SMP_BODY_MAX];
    uint32_t n = 0;

    if (how < 64) { /* a file begins */
        choose(how % SPEECH_FILES);
    }
    const uint32_t left = files[speech.file].size - speech.at;
    const uint32_t piece = left < 150u ? left : 150u;
    body[n++] = 0xA4;
    memcpy(body + n,
           "\x63"
           "off",
           4);
    n += 4;
    n += put_cbor_number(body + n, speech.at);
    memcpy(body + n,
           "\x63"
           "len",
           4);
    n += 4;
    n += put_cbor_number(body + n, files[speech.file].size ^ (how == 255));
    memcpy(body + n,
           "\x65"
           "image",
           6);
    n += 6;
    body[n++] = how >> 3 & 3u;
    memcpy(body + n,
           "\x64"
           "data\x58",
           6);
    n += 6;
    body[n++] = (uint8_t)piece;
    memcpy(body + n, files[speech.file].bytes + speech.at, piece);
    n += piece;
    speech.at += how == 254 ? 0 : piece;
    put_message(header, 1, 1, body, n);
}

/* ---- ST's protocol (AN3155) ---- */

static void put_sum(const uint8_t *bytes, size_t n, uint8_t sum)
{
    for (size_t i = 0; i < n; i++) {
        sum ^= bytes[i];
    }
    put(bytes, n);
    put_byte(sum);
}

static void programmer(struct fuzz_input *in)
{
    static const uint8_t commands[] = {0x00, 0x01, 0x02, 0x11, 0x21, 0x31, 0x44, 0x63, 0x92};
    const uint8_t what = fuzz_byte(in);
    const uint8_t command = commands[what % sizeof(commands)];

    if (what >= 200) {
        put_byte(0x7F);
        speech.quiet_ms = 40;
        return;
    }
    put_byte(command);
    put_byte((uint8_t)~command);
    if (command == 0x11 || command == 0x21 || command == 0x31) {
        const uint8_t address[4] = {fuzz_byte(in) & 0x3Fu, fuzz_byte(in), fuzz_byte(in),
                                    fuzz_byte(in) & 0xFCu};
        put_sum(address, sizeof(address), 0);
    }
    if (command == 0x31) {
        const uint32_t n = 1u + fuzz_byte(in);
        uint8_t data[257] = {(uint8_t)(n - 1u)};
        const uint32_t have = n < in->left ? n : (uint32_t)in->left;
        memcpy(data + 1, in->data, have);
        in->data += have;
        in->left -= have;
        put_sum(data, 1u + n, 0);
    } else if (command == 0x11) {
        const uint8_t n = fuzz_byte(in);
        put_byte(n);
        put_byte((uint8_t)~n);
    } else if (command == 0x44) {
        const uint8_t pages[4] = {0, 0, 0, fuzz_byte(in)};
        put_sum(pages, sizeof(pages), 0);
    }
    speech.quiet_ms = 20;
}

/* ---- One after the other ---- */

static void say_next(struct fuzz_input *in)
{
    const uint8_t step = fuzz_byte(in);

    speech.have = speech.taken = 0;
    speech.not_before = speech.last_ms;
    speech.quiet_ms = 0;
    if (step < 32) {
        speech.quiet_ms = step * 20u;
    } else if (step < 48) {
        speech.quiet_ms = (step - 31u) * 1500u;
    } else if (step < 96) {
        put_raw(in, step - 47u);
    } else if (step < 128) {
        key(in);
    } else if (step < 176) {
        ymodem(in, step % 4u);
    } else if (step < 192) {
        smp_any(in);
    } else if (step < 224) {
        smp_upload(in);
    } else {
        programmer(in);
    }
}

size_t speech_next(struct fuzz_input *in, uint32_t now_ms, uint8_t *bytes, size_t max)
{
    if (speech.taken == speech.have && now_ms - speech.last_ms >= speech.quiet_ms && in->left > 0) {
        speech.last_ms = now_ms;
        say_next(in);
    }
    if (speech.taken == speech.have || (int32_t)(now_ms - speech.not_before) < 0) {
        return 0;
    }
    size_t n = (size_t)(now_ms - speech.last_ms) * BYTES_PER_MS;
    n = n < max ? n : max;
    n = n < speech.have - speech.taken ? n : speech.have - speech.taken;
    if (n > 0) {
        memcpy(bytes, speech.bytes + speech.taken, n);
        speech.taken += n;
        speech.last_ms = now_ms;
    }
    return n;
}

bool speech_over(uint32_t now_ms)
{
    return speech.taken == speech.have && now_ms - speech.last_ms >= speech.quiet_ms;
}

void speech_hear(const void *bytes, size_t n)
{
    static volatile uint8_t sum;
    static const char *show = "";

    if (show && *show == '\0') {
        show = getenv("DUO_FUZZ_SHOW");
    }
    if (show) {
        fwrite(bytes, 1, n, stderr);
    }
    for (size_t i = 0; i < n; i++) {
        sum = (uint8_t)(sum + ((const uint8_t *)bytes)[i]);
    }
}
